// What lies at the bottom of a map: its axes and its points.

import { drawOutlinedText, textMeasure, wrapText } from "../page/text_layout.js";
import { make, formatNumber } from "../page/dom.js";
import { maskOf } from "./markers.js";

const NAME = "600 12px system-ui, sans-serif",
  LINE = 15,
  TOOLS = 156; // an axis name's font and lines, and the pixels that the buttons beside it take

const FADED = 0.12,
  FULL = 0.82; // how much of what is below a point covers

/** Lines at round numbers. */
export function drawGrid(context, map, theme) {
  const { width, height } = map,
    { step, across, up } = linesOf(map);
  const line = (value, ...ends) => {
    context.lineWidth = 1;
    context.strokeStyle = Math.abs(value) < step / 2 ? theme.line : theme.faint;
    context.beginPath();
    context.moveTo(ends[0], ends[1]);
    context.lineTo(ends[2], ends[3]);
    context.stroke();
  };
  for (const [x, px] of across) line(x, px, 0, px, height);
  for (const [y, py] of up) line(y, 0, py, width, py);
}

/** The numbers of those lines, and the axes' `names` [across, up]: over all points, which would make them unreadable. */
export function drawScale(context, map, names, theme) {
  const { width, height } = map,
    { step, across, up } = linesOf(map),
    digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const lines = wrapText(names[1], width - TOOLS, textMeasure(NAME)),
    top = 30 + LINE * (lines.length - 1);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  for (const [x, px] of across)
    if (px > 30 && px < width - 20) drawOutlinedText(context, formatNumber(x, digits), px, height - 20, theme);
  context.textAlign = "left";
  for (const [y, py] of up)
    if (py > top && py < height - 40) drawOutlinedText(context, formatNumber(y, digits), 6, py - 4, theme);
  context.font = NAME;
  lines.forEach((text, i) => drawOutlinedText(context, text, 6, 16 + LINE * i, theme));
  context.textAlign = "center";
  drawOutlinedText(context, names[0], width / 2, height - 5, theme);
}

/** The step between two lines, and where they are: [value, pixel] each. */
function linesOf(map) {
  const step = niceStep(Math.min(70, map.width / 5) / map.view.scale),
    [left, bottom] = map.toData(0, map.height),
    [right, top] = map.toData(map.width, 0);
  const across = roundNumbers(left, right, step).map((x) => [x, Math.round(map.toPixels(x, 0)[0]) + 0.5]);
  return { step, across, up: roundNumbers(bottom, top, step).map((y) => [y, Math.round(map.toPixels(0, y)[1]) + 0.5]) };
}

const REACH = 9,
  MARGIN = 2 * REACH; // pixels: no mark reaches farther, and so none has to ask where the image ends

/** The points of a map as pixels. They are written one by one, which takes a few milliseconds for ten thousand and needs no WebGL. */
export class Points {
  stage = make("canvas"); // a canvas of their own: pixels laid on the map itself would wipe out its axes
  stageContext = this.stage.getContext("2d");

  /** Draw them on a map's context. `colorOf` (i) → [r, g, b]. */
  draw(context, map, colorOf) {
    this.open(map.base.width + 2 * MARGIN, map.base.height + 2 * MARGIN);
    this.fill(map, colorOf);
    this.stageContext.putImageData(this.image, 0, 0);
    context.drawImage(
      this.stage,
      -MARGIN / map.ratio,
      -MARGIN / map.ratio,
      this.stage.width / map.ratio,
      this.stage.height / map.ratio,
    );
  }

  /** Empty pixels, the same ones from frame to frame: new ones cost more than the points on them. */
  open(width, height) {
    if (this.image?.width === width && this.image.height === height) return this.image.data.fill(0);
    Object.assign(this.stage, { width, height });
    this.image = this.stageContext.createImageData(width, height);
  }

  fill({ data: { points, labels }, legend, lasso, view, ratio }, colorOf) {
    const { width: wide, height: tall, data } = this.image;
    const masks = legend.shapes.map((shape) => maskOf(shape, legend.radius * ratio, wide)); // asked once: a list's value is slow to read
    const scale = view.scale * ratio,
      x0 = wide / 2 - view.x * scale,
      y0 = tall / 2 + view.y * scale;
    for (let i = 0; i < labels.length; i++) {
      if (legend.hides(i)) continue;
      const cx = Math.round(x0 + points[2 * i] * scale),
        cy = Math.round(y0 - points[2 * i + 1] * scale);
      const seen = cx >= REACH && cy >= REACH && cx < wide - REACH && cy < tall - REACH;
      if (seen)
        stamp(data, 4 * (cy * wide + cx), masks[labels[i] % masks.length], colorOf(i), lasso.fades(i) ? FADED : FULL);
    }
  }
}

/** Lay one mark over what is there. A plain loop over typed arrays: any other made lists that had to be collected each frame. */
function stamp(data, middle, { offsets, shares }, color, strength) {
  for (let i = 0; i < offsets.length; i++) {
    const at = middle + offsets[i],
      alpha = strength * shares[i],
      sum = alpha + (data[at + 3] / 255) * (1 - alpha),
      share = alpha / sum;
    data[at] += share * (color[0] - data[at]);
    data[at + 1] += share * (color[1] - data[at + 1]);
    data[at + 2] += share * (color[2] - data[at + 2]);
    data[at + 3] = 255 * sum;
  }
}

function roundNumbers(from, to, step) {
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => (first + i) * step);
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least);
}
