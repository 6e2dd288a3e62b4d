// What is drawn over a map's points: Gaussians, the chosen image's mark, paths and their stops, rings, the handle.

import { contoursOf } from "../math/contours.js";
import { separateBoxes, drawOutlinedText, textMeasure } from "../page/text_layout.js";

const NAME = "700 15px system-ui, sans-serif",
  HIGH = 17,
  GAP = 6; // a class name's font and height, and the pixels between two

/** Trace N(mean, ((a, b), (b, c))) at so many σ, as an ellipse to stroke. */
function ellipse(context, map, [x, y], [a, b, c], sigmas) {
  const middle = (a + c) / 2,
    root = Math.hypot((a - c) / 2, b);
  const [long, short] = [middle + root, Math.max(0, middle - root)].map(
    (value) => sigmas * Math.sqrt(value) * map.view.scale,
  );
  context.beginPath();
  context.ellipse(...map.toPixels(x, y), long, short, -0.5 * Math.atan2(2 * b, a - c), 0, 2 * Math.PI);
}

/** Stroke what has been traced, in the ink's color with a rim of the ground's around it. */
function stroke(context, theme, width, rim) {
  for (const [thickness, color] of [
    [width + rim, theme.background],
    [width, theme.text],
  ]) {
    context.lineWidth = thickness;
    context.strokeStyle = color;
    context.stroke();
  }
}

/** The 1σ and 2σ ellipses of a mixture's Gaussians, the heavier the darker. */
export function drawPrior(context, map, gaussians, theme) {
  const most = gaussians.reduce((found, { weight }) => Math.max(found, weight), 0);
  for (const { weight, mean, covariance } of gaussians) {
    context.globalAlpha = weight / most;
    for (const sigmas of [1, 2]) {
      ellipse(context, map, mean, covariance, sigmas);
      stroke(context, theme, 1.2, 1.6);
    }
  }
  context.globalAlpha = 1;
}

/** Lines of equal density of a whole mixture. */
export function drawContours(context, map, gaussians, theme) {
  if (!gaussians.length) return;
  context.beginPath();
  for (const [start, ...rest] of contoursOf(gaussians)) {
    context.moveTo(...map.toPixels(...start));
    for (const point of rest) context.lineTo(...map.toPixels(...point));
  }
  stroke(context, theme, 1.2, 1.6);
}

/** The chosen image's code as a diamond, with its posterior's 1σ and 2σ ellipse. */
export function drawMark(context, map, { x, y, covariance }, theme) {
  for (const sigmas of covariance ? [1, 2] : []) {
    ellipse(context, map, [x, y], covariance, sigmas);
    stroke(context, theme, 1.5, 2);
  }
  const [px, py] = map.toPixels(x, y);
  context.beginPath();
  for (const [dx, dy] of [
    [0, -7],
    [7, 0],
    [0, 7],
    [-7, 0],
  ])
    context.lineTo(px + dx, py + dy);
  context.closePath();
  context.fillStyle = theme.text;
  context.strokeStyle = theme.background;
  context.lineWidth = 2;
  context.fill();
  context.stroke();
}

/** A line through points of the map, its `dash` as `setLineDash` has it. */
export function drawPath(context, map, { points, dash = [] }, theme) {
  context.setLineDash(dash);
  context.beginPath();
  for (const [x, y] of points) context.lineTo(...map.toPixels(x, y));
  stroke(context, theme, 2.5, 2.5);
  context.setLineDash([]);
}

/** The name of each class in `places` [[name, x, y], …], beside its place where several would lie on each other. */
export function drawClassNames(context, map, places, theme) {
  const wide = textMeasure(NAME);
  const boxes = places.map(([name, ...place]) => {
    const [x, y] = map.toPixels(...place);
    return { name, x, y, wide: wide(name) + GAP, high: HIGH };
  });
  context.font = NAME;
  context.textAlign = "center";
  for (const { name, x, y } of separateBoxes(boxes)) drawOutlinedText(context, name, x, y + 5, theme);
}

export function drawRing(context, map, [x, y], radius, theme, fill = null) {
  context.beginPath();
  context.arc(...map.toPixels(x, y), radius, 0, 2 * Math.PI);
  if (fill) ((context.fillStyle = fill), context.fill());
  stroke(context, theme, 2, 2);
}

/** The handle: a disk with a cross. It is drawn, since an element that moves has the browser go through the whole page in each frame. */
export function drawHandle(context, map, place, theme) {
  const [px, py] = map.toPixels(...place);
  for (const [radius, color] of [
    [13, theme.background],
    [11, theme.text],
    [9, theme.accent],
  ]) {
    context.beginPath();
    context.arc(px, py, radius, 0, 2 * Math.PI);
    context.fillStyle = color;
    context.fill();
  }
  context.fillStyle = "#fff";
  context.fillRect(px - 4, py - 1, 8, 2);
  context.fillRect(px - 1, py - 4, 2, 8);
}
