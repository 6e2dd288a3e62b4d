// Texts of a drawing, on a canvas or in an SVG file: how wide they are, broken into lines, rimmed, and kept apart.

const PUSHES = 40; // rounds in which texts are pushed apart; ten names on one heap take about twenty

const paper = document.createElement("canvas").getContext("2d"); // an SVG cannot measure

/** How wide texts are in a font. */
export const textMeasure = (font) => (text) => {
  paper.font = font;
  return Math.ceil(paper.measureText(text).width);
};

/** A text as lines that are no wider than so many pixels. */
export function wrapText(text, width, measure) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && measure(longer) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** Text with a rim of the ground's color around it: there may be pictures below. */
export function drawOutlinedText(context, text, x, y, theme) {
  context.strokeStyle = theme.background;
  context.lineWidth = 3;
  context.strokeText(text, x, y);
  context.fillStyle = theme.text;
  context.fillText(text, x, y);
}

/** Boxes {x, y: the middle, wide, high} moved as little as it takes for none to lie on another, each pair the shorter way. */
export function separateBoxes(boxes) {
  const moved = boxes.map((box) => ({ ...box }));
  for (let push = 0, met = true; met && push < PUSHES; push++) {
    met = false;
    moved.forEach((a, i) =>
      moved.slice(i + 1).forEach((b) => {
        const across = (a.wide + b.wide) / 2 - Math.abs(a.x - b.x),
          up = (a.high + b.high) / 2 - Math.abs(a.y - b.y);
        if (across <= 0.5 || up <= 0.5) return;
        met = true;
        const [axis, far] = across < up ? ["x", across] : ["y", up],
          way = a[axis] > b[axis] ? 1 : -1;
        a[axis] += (way * far) / 2;
        b[axis] -= (way * far) / 2;
      }),
    );
  }
  return moved;
}
