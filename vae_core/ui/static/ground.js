// What lies at the bottom of a map: its axes and its points.

import { number } from "./page.js";
import { maskOf } from "./shapes.js";

const FADED = 0.12, FULL = 0.82; // how much of what is below a point covers

/** Lines at round numbers, with the numbers, and the axes' `names` [across, up]. */
export function drawAxes(context, map, names, ink) {
  const { width, height } = map, step = niceStep(70 / map.view.scale), digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const [left, bottom] = map.toData(0, height), [right, top] = map.toData(width, 0);
  context.font = "11px system-ui, sans-serif";
  const line = (value, ...ends) => {
    context.lineWidth = 1;
    context.strokeStyle = Math.abs(value) < step / 2 ? ink.line : ink.faint;
    context.beginPath();
    context.moveTo(ends[0], ends[1]);
    context.lineTo(ends[2], ends[3]);
    context.stroke();
  };
  context.textAlign = "center";
  for (let x = Math.ceil(left / step) * step; x <= right; x += step) {
    const px = Math.round(map.toPixels(x, 0)[0]) + 0.5;
    line(x, px, 0, px, height);
    if (px > 30 && px < width - 20) rimmed(context, number(x, digits), px, height - 20, ink);
  }
  context.textAlign = "left";
  for (let y = Math.ceil(bottom / step) * step; y <= top; y += step) {
    const py = Math.round(map.toPixels(0, y)[1]) + 0.5;
    line(y, 0, py, width, py);
    if (py > 30 && py < height - 40) rimmed(context, number(y, digits), 6, py - 4, ink);
  }
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "center";
  rimmed(context, names[0], width / 2, height - 5, ink);
  context.textAlign = "left";
  rimmed(context, names[1], 6, 16, ink);
}

/** Text with a rim of the ground's color around it: there may be pictures below. */
export function rimmed(context, text, x, y, ink) {
  context.strokeStyle = ink.ground;
  context.lineWidth = 3;
  context.strokeText(text, x, y);
  context.fillStyle = ink.text;
  context.fillText(text, x, y);
}

/**
 * The image of a map's points, `wide` × `tall` pixels. They go straight into pixels: ten thousand take a few
 * milliseconds, with no WebGL needed. `colorOf` (i) → [r, g, b].
 */
export function pointsImage(context, map, [wide, tall], colorOf) {
  const image = context.createImageData(wide, tall), { data: { points, labels }, legend, lasso } = map;
  const masks = legend.shapes.map((shape) => maskOf(shape, legend.radius * map.ratio)); // asked once: a list's value is slow to read
  const scale = map.view.scale * map.ratio, x0 = wide / 2 - map.view.x * scale, y0 = tall / 2 + map.view.y * scale;
  for (let i = 0; i < labels.length; i++) {
    if (legend.hides(i)) continue;
    const cx = Math.round(x0 + points[2 * i] * scale), cy = Math.round(y0 - points[2 * i + 1] * scale);
    if (cx >= -9 && cy >= -9 && cx < wide + 9 && cy < tall + 9) stamp(image, masks[labels[i] % masks.length], cx, cy, colorOf(i), lasso.fades(i) ? FADED : FULL);
  }
  return image;
}

/** Lay one point over what is there. */
function stamp({ data, width, height }, mask, cx, cy, color, strength) {
  for (const [dx, dy, share] of mask) {
    const x = cx + dx, y = cy + dy, alpha = strength * share;
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    const at = 4 * (y * width + x), under = (data[at + 3] / 255) * (1 - alpha), sum = alpha + under;
    for (let c = 0; c < 3; c++) data[at + c] = (color[c] * alpha + data[at + c] * under) / sum;
    data[at + 3] = 255 * sum;
  }
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least);
}
