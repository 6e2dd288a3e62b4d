// Points that keep their identity: from where they stand on the screen to where another view puts them.

import { prefersReducedMotion } from "../page/motion.js";
import { clamp } from "../math/clamp.js";

const LASTS = 700; // milliseconds
const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

/**
 * Give a map other data and another place of its handle, its points flying there; at once for who wants no motion, and as
 * soon as the map is touched. `data` as in LatentMap.setData, of the same images; `handle` [x, y] in the new view.
 */
export function glide(map, data, handle) {
  map.gliding?.();
  const before = map.data && map.width ? onScreen(map) : null,
    held = map.toPixels(...map.handle);
  map.handle = handle;
  map.touched = false;
  map.setData(data);
  if (!before || before.length !== data.points.length || prefersReducedMotion()) return;
  fly(map, data, before, map.toData(...held));
}

/** Every point's pixel. */
function onScreen(map) {
  const { points } = map.data,
    places = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) places.set(map.toPixels(points[i], points[i + 1]), i);
  return places;
}

function fly(map, data, from, left) {
  for (let i = 0; i < from.length; i += 2) from.set(map.toData(from[i], from[i + 1]), i);
  const points = new Float32Array(from),
    started = performance.now();
  let frame = 0;
  const end = () => {
    cancelAnimationFrame(frame);
    map.overlay.removeEventListener("pointerdown", end, true);
    map.gliding = map.flown = null;
    if (map.data.points === points) map.data = data; // unless another model has come
    map.draw();
  };
  const step = (now) => {
    const t = ease(clamp((now - started) / LASTS, 0, 1));
    if (t === 1 || map.data.points !== points) return end();
    for (let i = 0; i < points.length; i++) points[i] = from[i] + t * (data.points[i] - from[i]);
    map.flown = map.handle.map((value, axis) => left[axis] + t * (value - left[axis]));
    map.draw();
    frame = requestAnimationFrame(step);
  };
  map.data = { ...data, points };
  map.gliding = end;
  map.overlay.addEventListener("pointerdown", end, true);
  step(started);
}
