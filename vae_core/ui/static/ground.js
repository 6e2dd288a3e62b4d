// What lies at the bottom of a map: its axes and its points.

import { number } from "./page.js";

const POINT = 2.1; // CSS pixels: a point's radius

/** Lines at round numbers, with the numbers, and the axes' `names` [across, up]. */
export function drawAxes(context, map, names, ink) {
  const { width, height } = map, step = niceStep(70 / map.view.scale), digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const [left, bottom] = map.toData(0, height), [right, top] = map.toData(width, 0);
  context.font = "11px system-ui, sans-serif";
  context.lineWidth = 1;
  const line = (value, ...ends) => {
    context.strokeStyle = Math.abs(value) < step / 2 ? ink.line : ink.faint;
    context.beginPath();
    context.moveTo(ends[0], ends[1]);
    context.lineTo(ends[2], ends[3]);
    context.stroke();
    context.fillStyle = ink.text;
  };
  context.textAlign = "center";
  for (let x = Math.ceil(left / step) * step; x <= right; x += step) {
    const px = Math.round(map.toPixels(x, 0)[0]) + 0.5;
    line(x, px, 0, px, height);
    if (px > 30 && px < width - 20) context.fillText(number(x, digits), px, height - 20);
  }
  context.textAlign = "left";
  for (let y = Math.ceil(bottom / step) * step; y <= top; y += step) {
    const py = Math.round(map.toPixels(0, y)[1]) + 0.5;
    line(y, 0, py, width, py);
    if (py > 30 && py < height - 40) context.fillText(number(y, digits), 6, py - 4);
  }
  drawNames(context, map, names);
}

function drawNames(context, { width, height }, [across, up]) {
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillText(across, width / 2, height - 5);
  context.textAlign = "left";
  context.fillText(up, 6, 16);
}

/**
 * The image of a map's points, `wide` × `tall` pixels. They go straight into pixels: ten thousand take a few
 * milliseconds, with no WebGL needed. `hides` (i) → boolean and `colorOf` (i) → [r, g, b] say how each is shown.
 */
export function pointsImage(context, map, [wide, tall], hides, colorOf) {
  const image = context.createImageData(wide, tall), { points, labels } = map.data, mask = disc(POINT * map.ratio);
  const scale = map.view.scale * map.ratio, x0 = wide / 2 - map.view.x * scale, y0 = tall / 2 + map.view.y * scale;
  for (let i = 0; i < labels.length; i++) {
    if (hides(i)) continue;
    const cx = Math.round(x0 + points[2 * i] * scale), cy = Math.round(y0 - points[2 * i + 1] * scale);
    if (cx >= -9 && cy >= -9 && cx < wide + 9 && cy < tall + 9) stamp(image, mask, cx, cy, colorOf(i));
  }
  return image;
}

/** Lay one point over what is there. */
function stamp({ data, width, height }, mask, cx, cy, color) {
  for (const [dx, dy, alpha] of mask) {
    const x = cx + dx, y = cy + dy;
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

/** A soft disc: [dx, dy, alpha] of every pixel that it touches. */
function disc(radius) {
  const reach = Math.ceil(radius + 0.5), pixels = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const alpha = 0.82 * Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(dx, dy)));
      if (alpha > 0) pixels.push([dx, dy, alpha]);
    }
  }
  return pixels;
}
