// A map as a file: the figure as it is on the page, a title above, and below what the colors mean.

import { contextOf, make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { PNG_SCALE, fileName, download } from "../page/image_sheet.js";
import { colors } from "../page/page_data.js";
import { SvgContext } from "../page/svg_context.js";
import { textMeasure } from "../page/text_layout.js";
import { colorBar, pointColors } from "./color_scale.js";
import { trace } from "./markers.js";
import { paintBackground, paintOverlay } from "./painting.js";
import { POINT_OPACITY } from "./points.js";

/** @typedef {import("./color_scale.js").ColorBar} ColorBar */
/** @typedef {import("./latent_map.js").LatentMap} LatentMap */
/** @typedef {import("./map_data.js").MapData} MapData */
/** @typedef {import("../page/dom.js").Theme} Theme */
/** A class in the key, at x CSS pixels from the left. @typedef {{label: number, name: string, x: number}} KeyEntry */
/**
 * What the colors mean: the color bar of a factor, or the visible classes line by line.
 * @typedef {{bar: ColorBar} | {lines: KeyEntry[][]}} Key
 */

const TITLE_HEIGHT_PX = 40;
const TITLE_FONT = "600 16px system-ui, sans-serif";
const KEY_LINE_PX = 26;
const KEY_FONT = "13px system-ui, sans-serif";
const KEY_MARGIN_PX = 12;
const BAR_COLORS = 80;
const BAR_COLOR_PX = 2; // whole pixels leave no seams

/**
 * Save a map as a file.
 * @param {LatentMap} map
 * @param {MapData} data
 * @param {"png" | "svg"} format
 * @returns {Promise<void>}
 */
export async function saveMap(map, data, format) {
  const key = keyOf(map, data);
  const width = map.viewport.width;
  const height = TITLE_HEIGHT_PX + map.viewport.height + KEY_LINE_PX * lineCount(key) + 8;
  const title = titleOf(map, data);
  const name = fileName(format, title);
  if (format === "svg") {
    const svg = new SvgContext(width, height);
    // It implements the methods that a map calls
    const context = /** @type {CanvasRenderingContext2D} */ (/** @type {unknown} */ (svg));
    drawFigure(context, map, data, { title, key, height });
    return download(new Blob([svg.toString()], { type: "image/svg+xml" }), name);
  }
  const canvas = Object.assign(make("canvas"), { width: width * PNG_SCALE, height: height * PNG_SCALE });
  const context = contextOf(canvas);
  context.scale(PNG_SCALE, PNG_SCALE);
  drawFigure(context, map, data, { title, key, height });
  const blob = await new Promise((/** @type {BlobCallback} */ resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob) download(blob, name);
}

/** @type {(key: Key) => number} */
const lineCount = (key) => ("bar" in key ? 1 : key.lines.length);

/**
 * The name of the model; over decoded images of a conditional model also their class.
 * @param {LatentMap} map
 * @param {MapData} data
 */
function titleOf({ label, legend }, { name, dataset, conditions, classes }) {
  const model = name ?? dataset;
  return conditions && legend.pictures ? `${model} (${text("decoded_as", { class: classes[label] })})` : model;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {LatentMap} map
 * @param {MapData} data
 * @param {{title: string, key: Key, height: number}} layout height in CSS pixels
 */
function drawFigure(context, map, data, { title, key, height }) {
  const { viewport } = map;
  const { theme } = map.canvases;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, viewport.width, height);
  context.fillStyle = theme.text;
  context.font = TITLE_FONT;
  context.textAlign = "left";
  context.fillText(title, KEY_MARGIN_PX, 26);
  context.save();
  context.translate(0, TITLE_HEIGHT_PX);
  context.save();
  context.beginPath();
  context.rect(0, 0, viewport.width, viewport.height);
  context.clip();
  paintBackground(context, map, theme, () => drawPoints(context, map, data));
  paintOverlay(context, map, theme);
  for (const paint of map.filePainters) paint(context, theme);
  context.restore();
  drawKey(context, map, key, theme);
  context.restore();
}

/**
 * Draw the points as paths, which a vector file needs.
 * @param {CanvasRenderingContext2D} context
 * @param {LatentMap} map
 * @param {MapData} data
 */
function drawPoints(context, { legend, lasso, viewport }, data) {
  const { points, labels } = data;
  const colorOf = pointColors(data, legend.factor);
  const { shapes, radius } = legend;
  for (let i = 0; i < labels.length; i++) {
    const [x, y] = [points[2 * i], points[2 * i + 1]];
    if (legend.hides(i) || !viewport.contains(x, y)) continue; // NaN is never in view
    context.globalAlpha = lasso.fades(i) ? POINT_OPACITY.faded : POINT_OPACITY.full;
    context.fillStyle = `rgb(${colorOf(i).join(",")})`;
    trace(context, shapes[labels[i] % shapes.length], ...viewport.toPixels(x, y), radius);
    context.fill();
  }
  context.globalAlpha = 1;
}

/**
 * @param {LatentMap} map
 * @param {MapData} data
 * @returns {Key}
 */
function keyOf({ legend, viewport }, data) {
  if (legend.factor >= 0) return { bar: colorBar(data, legend.factor, BAR_COLORS) };
  /** @type {KeyEntry[][]} */
  const lines = [];
  if (data.classes.length < 2) return { lines };
  const widthOf = textMeasure(KEY_FONT);
  let x = Infinity;
  data.classes.forEach((name, label) => {
    if (legend.hidden.has(label)) return;
    const width = 34 + widthOf(name);
    if (x + width > viewport.width) {
      lines.push([]);
      x = KEY_MARGIN_PX;
    }
    lines[lines.length - 1].push({ label, name, x });
    x += width;
  });
  return { lines };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {LatentMap} map
 * @param {Key} key
 * @param {Theme} theme
 */
function drawKey(context, { legend: { shapes }, viewport: { height } }, key, theme) {
  const middle = height + KEY_LINE_PX / 2 + 4; // of the first line
  context.font = KEY_FONT;
  context.textAlign = "left";
  if ("bar" in key) return drawColorBar(context, key.bar, middle, theme);
  key.lines.forEach((entries, line) => {
    const y = middle + KEY_LINE_PX * line;
    for (const { label, name, x } of entries) {
      context.fillStyle = colors[label % colors.length];
      trace(context, shapes[label % shapes.length], x + 6, y, 6);
      context.fill();
      context.fillStyle = theme.text;
      context.fillText(name, x + 18, y + 4.5);
    }
  });
}

/**
 * Draw the name of a factor, its lowest value, its colors, and its highest value.
 * @param {CanvasRenderingContext2D} context
 * @param {ColorBar} bar
 * @param {number} y the middle, in CSS pixels
 * @param {Theme} theme
 */
function drawColorBar(context, { name, low, high, stops }, y, theme) {
  const widthOf = textMeasure(KEY_FONT);
  let x = KEY_MARGIN_PX;
  /** @type {(label: string, gap: number) => void} */
  const write = (label, gap) => {
    context.fillStyle = theme.text;
    context.fillText(label, x, y + 4.5);
    x += widthOf(label) + gap;
  };
  write(name, 16);
  write(low, 6);
  for (const color of stops) {
    context.fillStyle = color;
    context.fillRect(x, y - 6, BAR_COLOR_PX, 12);
    x += BAR_COLOR_PX;
  }
  x += 6;
  write(high, 0);
}
