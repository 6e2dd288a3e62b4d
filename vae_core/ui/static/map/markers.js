// The marks that points are drawn with: a dot, or a shape for each class that an eye can tell without its color.

const TURN = 2 * Math.PI;
const regular = (corners, start, inner = 1) =>
  Array.from({ length: inner === 1 ? corners : 2 * corners }, (_, i) => {
    const angle = start + (i * TURN) / (inner === 1 ? corners : 2 * corners),
      radius = i % 2 && inner !== 1 ? inner : 1;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
const UP = -TURN / 4;
const PLUS = [
  [-0.35, -1],
  [0.35, -1],
  [0.35, -0.35],
  [1, -0.35],
  [1, 0.35],
  [0.35, 0.35],
  [0.35, 1],
  [-0.35, 1],
  [-0.35, 0.35],
  [-1, 0.35],
  [-1, -0.35],
  [-0.35, -0.35],
];
const CROSS = PLUS.map(([x, y]) => [(x - y) / Math.SQRT2, (x + y) / Math.SQRT2]);
const OUTLINES = [
  null,
  regular(4, TURN / 8),
  regular(3, UP),
  regular(4, 0),
  regular(3, -UP),
  PLUS,
  regular(5, UP, 0.42),
  CROSS,
  regular(6, 0),
  regular(3, 0),
]; // null is a circle

/** How many shapes there are. */
export const SHAPES = OUTLINES.length;

/** Trace shape `kind` around (x, y), for the caller to fill. */
export function trace(context, kind, x, y, radius) {
  context.beginPath();
  if (OUTLINES[kind]) for (const [dx, dy] of OUTLINES[kind]) context.lineTo(x + radius * dx, y + radius * dy);
  else context.arc(x, y, radius, 0, TURN);
  context.closePath();
}

/** The same shape for CSS to cut an element to. */
export function clipPathOf(kind) {
  const corners = OUTLINES[kind]?.map(([x, y]) => `${50 + 50 * x}% ${50 + 50 * y}%`);
  return corners ? `polygon(${corners.join(", ")})` : "";
}

const masks = new Map();

/** A shape as the pixels that it touches, in an image `wide` pixels wide: how far each one's bytes are from the middle's, and its share. */
export function maskOf(kind, radius, wide) {
  const key = `${kind} ${radius} ${wide}`;
  if (!masks.has(key)) masks.set(key, pixelsOf(kind, radius, wide));
  return masks.get(key);
}

function pixelsOf(kind, radius, wide) {
  const reach = Math.ceil(radius + 0.5),
    side = 2 * reach + 1;
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side }),
    context = canvas.getContext("2d");
  trace(context, kind, reach + 0.5, reach + 0.5, radius);
  context.fill();
  const { data } = context.getImageData(0, 0, side, side),
    touched = [...Array(side * side).keys()].filter((i) => data[4 * i + 3]);
  return {
    offsets: Int32Array.from(touched, (i) => 4 * ((Math.floor(i / side) - reach) * wide + (i % side) - reach)),
    shares: Float32Array.from(touched, (i) => data[4 * i + 3] / 255),
  };
}
