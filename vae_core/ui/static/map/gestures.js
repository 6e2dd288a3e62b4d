// What pointer, wheel and keys do to a map: move its handle, pan, zoom, pick a point.

import { clamp } from "../math/clamp.js";
import { arrowStep, isBrowserShortcut } from "../page/keys.js";

const GRIP = 26; // CSS pixels: how near is "on the handle"
const STILL = 3; // CSS pixels: a pointer that travels no further has clicked

/** Let a map follow what happens on its overlay, until `signal`. */
export function listenTo(map, signal) {
  const hand = new Hand(map, signal),
    on = (name, act, options) => map.overlay.addEventListener(name, act, options);
  on("pointerdown", (event) => hand.press(event));
  on("pointermove", (event) => hand.move(event));
  on("pointerup", (event) => hand.release(event));
  on("pointercancel", (event) => hand.release(event));
  on("lostpointercapture", (event) => hand.release(event)); // such as to a menu
  on("pointerleave", () => map.hover(-1));
  on("wheel", (event) => hand.wheel(event), { passive: false });
  on("keydown", (event) => pressKey(map, event));
}

class Hand {
  constructor(map, signal) {
    this.map = map;
    this.pointers = new Map();
    document.addEventListener(
      "scroll",
      () => {
        this.box = null;
      },
      { capture: true, passive: true, signal },
    ); // the map has moved under a held pointer
  }

  /** Where a pointer is on the map. The map's box is asked for once a press: asking makes the browser lay out the page. */
  position({ clientX, clientY }) {
    const { overlay, width, height } = this.map,
      box = (this.pointers.size && this.box) || (this.box = overlay.getBoundingClientRect());
    return [((clientX - box.left) * width) / box.width, ((clientY - box.top) * height) / box.height];
  }

  press(event) {
    if (event.button) return; // another button than the first opens a menu
    const { map } = this,
      [px, py] = this.position(event),
      [hx, hy] = map.toPixels(...map.handle),
      more = this.pointers.size > 0;
    map.overlay.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [px, py]);
    if (more) return this.beginPinch();
    this.drag = map.lasso.active ? "lasso" : map.onMove && Math.hypot(px - hx, py - hy) < GRIP ? "handle" : "pan";
    if (this.drag === "lasso") map.lasso.begin(px, py);
    this.offset = [hx - px, hy - py];
    this.travelled = 0;
    map.hover(-1);
  }

  /** A second finger: whatever the first one did ends here, and nothing else begins before all are lifted. */
  beginPinch() {
    this.drag = "pinch";
    this.map.lasso.drop();
  }

  move(event) {
    const { map } = this,
      [px, py] = this.position(event),
      before = this.pointers.get(event.pointerId);
    if (!before) return map.hover(map.nearest(px, py), px, py);
    this.travelled += Math.hypot(px - before[0], py - before[1]);
    if (this.drag === "pinch" && this.pointers.size === 2) this.pinch(event.pointerId, before, [px, py]);
    else if (this.drag === "lasso") map.lasso.add(px, py);
    else if (this.drag === "handle") map.moveHandle(...map.toData(px + this.offset[0], py + this.offset[1]));
    else if (this.drag === "pan" && this.travelled > STILL) map.pan(px - before[0], py - before[1]);
    this.pointers.set(event.pointerId, [px, py]);
  }

  release(event) {
    const { map } = this,
      known = this.pointers.delete(event.pointerId),
      up = event.type === "pointerup";
    if (known && this.drag === "lasso") return up ? map.lasso.end() : map.lasso.drop();
    if (known && up && this.travelled <= STILL && this.drag === "pan") this.click(...this.position(event));
  }

  click(px, py) {
    const { map } = this,
      index = map.nearest(px, py);
    if (map.onMove) map.moveHandle(...map.toData(px, py));
    if (index >= 0) map.pick(index);
  }

  pinch(id, before, after) {
    const other = [...this.pointers].find(([key]) => key !== id)[1];
    const spread = (point) => Math.max(10, Math.hypot(point[0] - other[0], point[1] - other[1]));
    this.map.zoom(spread(after) / spread(before), ...other);
  }

  wheel(event) {
    event.preventDefault();
    const turn = clamp(event.deltaY, -120, 120);
    this.map.zoom(Math.exp(-turn / 400), ...this.position(event));
  }
}

function pressKey(map, event) {
  if (isBrowserShortcut(event)) return;
  const step = (event.shiftKey ? 2 : 16) / map.view.scale;
  const arrow = arrowStep(event.key);
  if (arrow && map.onMove) map.moveHandle(map.handle[0] + step * arrow[0], map.handle[1] + step * arrow[1]);
  else if (arrow) map.pan(-step * arrow[0] * map.view.scale, step * arrow[1] * map.view.scale);
  else if (event.key === "+" || event.key === "-")
    map.zoom(event.key === "+" ? 1.25 : 0.8, map.width / 2, map.height / 2);
  else if (event.key === "0") map.fit();
  else if (map.lasso.active && event.key === " ") map.lasso.corner();
  else if (map.lasso.active && event.key === "Enter") map.lasso.end();
  else if (event.key === "Escape") (map.lasso.forget(), map.tools.useLasso(map, false));
  else return;
  event.preventDefault();
}
