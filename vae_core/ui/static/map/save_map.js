// A map as a file: the figure as it is seen, with a title above, and below it what the colors mean.

import { barOf, pointColors } from "./color_scale.js";
import { PNG_SCALE, fileName, download } from "../page/image_sheet.js";
import { textMeasure } from "../page/text_layout.js";
import { make } from "../page/dom.js";
import { colors } from "../page/page_data.js";
import { text } from "../page/i18n.js";
import { trace } from "./markers.js";
import { SvgContext } from "../page/svg_context.js";

const TITLE = 40,
  KEY = 26; // CSS pixels: the title's height, and a line's of the key
const FONT = "13px system-ui, sans-serif"; // the key's
const BAR = 80,
  STEP = 2; // a color bar's colors, and the CSS pixels of each: whole ones leave no seams

/** Save a map as `kind`, png or svg. */
export async function saveMap(map, kind) {
  const rows = keyRows(map),
    width = map.width,
    height = TITLE + map.height + KEY * rows.length + 8;
  const title = titleOf(map),
    name = fileName(kind, title);
  if (kind === "svg") {
    const context = new SvgContext(width, height);
    drawFigure(context, map, title, rows, height);
    return download(new Blob([context.toString()], { type: "image/svg+xml" }), name);
  }
  const canvas = Object.assign(make("canvas"), { width: width * PNG_SCALE, height: height * PNG_SCALE }),
    context = canvas.getContext("2d");
  context.scale(PNG_SCALE, PNG_SCALE);
  drawFigure(context, map, title, rows, height);
  return download(await new Promise((resolve) => canvas.toBlob(resolve, "image/png")), name);
}

/** The model's name; of a conditional model's decoded images, with the class that they are of. */
function titleOf({ data, label, legend }) {
  const name = data.name ?? data.dataset;
  return data.conditions && legend.pictures ? `${name} (${text("decoded_as", { class: data.classes[label] })})` : name;
}

function drawFigure(context, map, title, rows, height) {
  const theme = map.readTheme();
  context.fillStyle = theme.background;
  context.fillRect(0, 0, map.width, height);
  context.fillStyle = theme.text;
  context.font = "600 16px system-ui, sans-serif";
  context.textAlign = "left";
  context.fillText(title, 12, 26);
  context.save();
  context.translate(0, TITLE);
  context.save();
  context.beginPath();
  context.rect(0, 0, map.width, map.height);
  context.clip();
  map.paintBase(context, theme, () => drawPoints(context, map));
  map.paintOverlay(context, theme);
  map.paintHandles?.(context, theme);
  context.restore();
  drawKey(context, map, rows, theme);
  context.restore();
}

function drawPoints(context, map) {
  const {
      data: { points, labels },
      legend,
      lasso,
    } = map,
    colorOf = pointColors(map.data, legend.factor),
    { shapes, radius } = legend;
  for (let i = 0; i < labels.length; i++) {
    const [px, py] = map.toPixels(points[2 * i], points[2 * i + 1]);
    const seen = px >= 0 && py >= 0 && px <= map.width && py <= map.height; // what is no number is not
    if (!seen || legend.hides(i)) continue;
    context.globalAlpha = lasso.fades(i) ? 0.12 : 0.82;
    context.fillStyle = `rgb(${colorOf(i).join(",")})`;
    trace(context, shapes[labels[i] % shapes.length], px, py, radius);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** The classes that are shown, broken into lines: [[label, name, x], …] each. Of a factor's colors it is one line, a bar. */
function keyRows({ data, data: { classes }, legend, width }) {
  const rows = [],
    measure = textMeasure(FONT);
  if (legend.factor >= 0) return [barOf(data, legend.factor, BAR)];
  if (classes.length < 2) return rows;
  let x = Infinity;
  classes.forEach((name, label) => {
    if (legend.hidden.has(label)) return;
    const wide = 34 + measure(name);
    if (x + wide > width) (rows.push([]), (x = 12));
    rows.at(-1).push([label, name, x]);
    x += wide;
  });
  return rows;
}

function drawKey(context, { height, legend: { factor, shapes } }, rows, theme) {
  context.font = FONT;
  context.textAlign = "left";
  if (factor >= 0) return drawBar(context, rows[0], height + KEY / 2 + 4, theme);
  rows.forEach((row, line) =>
    row.forEach(([label, name, x]) => {
      const y = height + KEY * line + KEY / 2 + 4;
      context.fillStyle = colors[label % colors.length];
      trace(context, shapes[label % shapes.length], x + 6, y, 6);
      context.fill();
      context.fillStyle = theme.text;
      context.fillText(name, x + 18, y + 4.5);
    }),
  );
}

/** A factor's name, its lowest value, the colors, its highest value. */
function drawBar(context, { name, low, high, stops }, y, theme) {
  const wide = textMeasure(FONT);
  let x = 12;
  const write = (text, gap) => {
    context.fillStyle = theme.text;
    context.fillText(text, x, y + 4.5);
    x += wide(text) + gap;
  };
  write(name, 16);
  write(low, 6);
  for (const color of stops) {
    context.fillStyle = color;
    context.fillRect(x, y - 6, STEP, 12);
    x += STEP;
  }
  x += 6;
  write(high, 0);
}
