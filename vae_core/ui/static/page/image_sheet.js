// Pictures as files that the browser keeps.

import { textMeasure, wrapText } from "./text_layout.js";
import { themeColors, make } from "./dom.js";
import { text } from "./i18n.js";
import { SvgContext } from "./svg_context.js";

const FACTOR = 4,
  GAP = 4; // pixels for one of a picture's, pixels between pictures
const TITLE = 40,
  LINE = 18,
  MARGIN = 12,
  WORDS = 560; // the title's height, a line's, the words' margin, and how wide they make a file
const FONT = "13px system-ui, sans-serif",
  BOLD = "600 16px system-ui, sans-serif";
export const PNG_SCALE = 2; // pixels of a PNG for each of the page's

/** A file name of parts: what a file system might not take becomes a low line. */
export const fileName = (kind, ...parts) =>
  `${parts
    .join("_")
    .replace(/[^\p{L}\p{N}.-]+/gu, "_")
    .replace(/^_|_$/g, "")}.${kind}`;

/** Have the browser keep a file. */
export function download(blob, name) {
  const link = make("a");
  Object.assign(link, { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * Pictures as a file, png or svg, every pixel a square of several: {rows of canvases of one size, each row in the middle, title,
 * notes: [sentence, …] below it, captions: [[line, …], …] before the rows, under: [[[line, …], …], …] below the pictures}.
 */
export function imageSheet(kind, figure) {
  const plan = planOf(figure),
    { wide, high } = plan;
  if (kind === "svg") {
    const context = new SvgContext(wide, high);
    lay(context, plan);
    return new Blob([context.toString()], { type: "image/svg+xml" });
  }
  const canvas = Object.assign(make("canvas"), { width: PNG_SCALE * wide, height: PNG_SCALE * high }),
    context = canvas.getContext("2d");
  context.scale(PNG_SCALE, PNG_SCALE);
  context.imageSmoothingEnabled = false;
  lay(context, plan);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Where everything stands in a file of pictures. Words that are wider than the pictures make it wider, up to a limit. */
function planOf({ rows, title, notes = [], captions = [], under = [] }) {
  const [{ width, height }] = rows[0],
    columns = Math.max(...rows.map((row) => row.length)),
    measure = textMeasure(FONT),
    bold = textMeasure(BOLD);
  const names = captions.flat().map(measure),
    gutter = names.length ? Math.max(...names) + 2 * MARGIN : 0;
  const cell = Math.max(FACTOR * width, ...under.flat(2).map((line) => measure(line) + GAP)),
    pictures = (cell + GAP) * columns + GAP;
  const wanted = Math.max(bold(title), ...notes.map(measure)) + 2 * MARGIN,
    wide = Math.max(gutter + pictures, Math.min(wanted, WORDS));
  const heads = wrapText(title, wide - 2 * MARGIN, bold),
    lines = notes.flatMap((note) => wrapText(note, wide - 2 * MARGIN, measure));
  const top = TITLE + LINE * (heads.length - 1 + lines.length),
    below = rows.map((_, r) => LINE * Math.max(0, ...(under[r] ?? []).map(({ length }) => length)));
  const tops = below.map((_, r) =>
    below.slice(0, r).reduce((sum, more) => sum + more, top + GAP + (FACTOR * height + GAP) * r),
  );
  return {
    rows,
    captions,
    under,
    heads,
    lines,
    gutter,
    cell,
    tops,
    wide,
    high: tops.at(-1) + FACTOR * height + GAP + below.at(-1),
  };
}

/** Draw a file of pictures on the page's ground, in the page's ink. */
function lay(context, { rows, captions, under, heads, lines, gutter, cell, tops, wide, high }) {
  const [first] = rows[0],
    theme = themeColors(first),
    write = (line, x, y, align = "left", font = FONT) => {
      Object.assign(context, { fillStyle: theme.text, textAlign: align, font });
      context.fillText(line, x, y);
    };
  context.fillStyle = theme.background;
  context.fillRect(0, 0, wide, high);
  heads.forEach((line, i) => write(line, MARGIN, 26 + LINE * i, "left", BOLD));
  lines.forEach((line, i) => write(line, MARGIN, 28 + LINE * (heads.length + i)));
  rows.forEach((row, r) => {
    const [width, height] = [FACTOR * first.width, FACTOR * first.height];
    const left = gutter + Math.floor((wide - gutter - GAP - (cell + GAP) * row.length) / 2) + GAP;
    const middle = tops[r] + height / 2 + 5,
      names = captions[r] ?? [];
    names.forEach((line, i) => write(line, MARGIN, middle + LINE * (i - (names.length - 1) / 2)));
    row.forEach((canvas, i) => {
      const x = left + (cell + GAP) * i;
      context.drawImage(
        canvas,
        0,
        0,
        first.width,
        first.height,
        x + Math.floor((cell - width) / 2),
        tops[r],
        width,
        height,
      );
      (under[r]?.[i] ?? []).forEach((line, n) => write(line, x + cell / 2, tops[r] + height + 14 + LINE * n, "center"));
    });
  });
}

/** Two small buttons that keep pictures as PNG and as SVG; `find` () → a figure for `sheet`, or null where there is nothing yet. */
export function imageSheetButtons(find) {
  const save = (kind) =>
    saveButton(kind.toUpperCase(), text("save_pictures", { kind: kind.toUpperCase() }), async () => {
      const figure = find();
      if (figure) download(await imageSheet(kind, figure), fileName(kind, figure.title));
    });
  return make("div", "vae-save-buttons", save("png"), save("svg"));
}

/** A small button that saves something: `kind` is what it says, `help` what it does. While a file is made a second click does nothing. */
export function saveButton(kind, help, save) {
  const node = make("button", "vae-small-button", kind);
  Object.assign(node, { type: "button", title: help, ariaLabel: help });
  let busy = false;
  node.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    try {
      await save();
    } finally {
      busy = false;
    }
  });
  return node;
}
