// Ways to lay codes of many dimensions on a flat map, and back. Each has the `points` (x, y, x, y, …) of all images, its `kind`
// in the control above the map, its `axes`' names (null for the map's own), the `prior` as the map draws it, a `sentence` on
// itself, and project(code) → [x, y]; lift(x, y, through) → a code that keeps what `through` has beyond the map, so that
// lift(...project(z), z) = z; ellipse(chosen) → a posterior's covariance, or null.

import { nearestRows } from "../math/nearest.js";
import { text } from "../page/i18n.js";
import { lift, project } from "../math/interpolation.js";
import { clamp } from "../math/clamp.js";

const NEAREST = 8; // images that say together where a code of no image stands, and what a place between them decodes to
const subscript = (number) => [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");

/** The name of dimension d, from 0: z₁, z₂, … */
export const nameOf = (d) => `z${subscript(d + 1)}`;

/** The plane of the first principal components; of a two-dimensional code, the code itself. */
export class PlaneView {
  kind = "plane";

  constructor(data) {
    this.data = data;
    this.points = data.points;
    this.prior = data.prior;
    this.axes = null;
    this.sentence = data.latentDim > 2 ? text("plane_share", { share: Math.round(100 * data.share) }) : "";
  }

  project(code) {
    return project(this.data, code);
  }

  lift(x, y, through) {
    return lift(this.data, x, y, through);
  }

  ellipse({ covariance }) {
    return covariance;
  }
}

/** Two dimensions of the code as they are; all others are the same all over the map. */
export class SliceView {
  kind = "slice";

  /** @param known what server.js loads as codes; @param shown the two dimensions, across and up; @param unit of the axes */
  constructor(known, shown, unit) {
    const [a, b] = (this.shown = shown),
      { codes, dims, count } = known;
    this.points = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) this.points.set([codes[i * dims + a], codes[i * dims + b]], 2 * i);
    this.prior = known.prior.map(({ weight, mean, covariance }) => ({
      weight,
      mean: [mean[a], mean[b]],
      covariance: [covariance[a * dims + a], covariance[a * dims + b], covariance[b * dims + b]],
    }));
    this.axes = shown.map((d) => `${nameOf(d)} (${unit})`);
    this.sentence = text("slice_about");
  }

  project(code) {
    return this.shown.map((d) => code[d]);
  }

  lift(x, y, through) {
    const code = [...through];
    [code[this.shown[0]], code[this.shown[1]]] = [x, y];
    return code;
  }

  ellipse({ std }) {
    return std && [std[this.shown[0]] ** 2, 0, std[this.shown[1]] ** 2];
  }
}

/** A map on which every image has a place of its own, and every place a code: inverse(x, y). Both are only near each other's. */
class PlacedView {
  constructor(known, points) {
    Object.assign(this, { known, points });
  }

  /** An image's own place; of any other code, the mean of the places of the images nearest to it, the nearer the heavier. */
  project(code) {
    return blend(nearestRows(this.known, code, NEAREST), this.points, 2);
  }

  /** At the place of `through` that very code; a few times `reach` away, the place's. */
  lift(x, y, through) {
    const code = this.inverse(x, y),
      [u, v] = this.placeOf(through);
    const own = Math.exp((-0.5 * ((x - u) ** 2 + (y - v) ** 2)) / this.reach ** 2);
    if (own < 1e-4) return code;
    const there = this.inverse(u, v);
    return code.map((value, d) => value + own * (through[d] - there[d]));
  }

  /** `project`, remembered while one code is dragged: it looks at all images. */
  placeOf(code) {
    if (this.through !== code) [this.through, this.place] = [code, this.project(code)];
    return this.place;
  }

  ellipse() {
    return null;
  }
}

/** UMAP's places, and its inverse between the places of a grid. Before the grid is there, the codes of the nearest images. */
export class UmapView extends PlacedView {
  kind = "umap";

  /** @param known what server.js loads as codes; @param umap its {points, grid: null or {low, high, side, codes}} */
  constructor(known, { points, grid }) {
    super(known, points);
    Object.assign(this, { prior: null, axes: [text("axis_umap1"), text("axis_umap2")] });
    this.take(grid);
  }

  take(grid) {
    this.grid = grid;
    this.reach = grid ? Math.max(...[0, 1].map((axis) => (grid.high[axis] - grid.low[axis]) / (grid.side - 1))) : 0.5;
    this.sentence = grid ? text("umap_about") : text("umap_nearest");
  }

  inverse(x, y) {
    const { codes, dims } = this.known;
    return this.grid
      ? bilinear(this.grid, dims, x, y)
      : blend(nearestRows({ codes: this.points, dims: 2 }, [x, y], NEAREST), codes, dims);
  }
}

/** The upper level of a hierarchy; a place decodes through the mean of what it says of the lower level. */
export class LevelView extends PlacedView {
  kind = "level";

  constructor(known, { points, prior, down }) {
    super(known, points);
    Object.assign(this, {
      prior,
      down,
      reach: 0.15,
      sentence: text("level_about"),
      axes: [text("axis_level1"), text("axis_level2")],
    });
  }

  inverse(x, y) {
    return Array.from(this.down.decode([x, y]));
  }
}

/** The mean of the rows of `table` whose numbers `found` names, weighted by 1/distance². */
function blend(found, table, width) {
  const mean = new Array(width).fill(0),
    weights = found.map(({ distance }) => 1 / (distance ** 2 + 1e-9));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  found.forEach(({ index }, n) => {
    for (let d = 0; d < width; d++) mean[d] += (weights[n] / sum) * table[index * width + d];
  });
  return mean;
}

/** The same formula as Inverse.at in vae_core/maps/embedding.py. */
function bilinear({ low, high, side, codes }, dims, x, y) {
  const along = [x, y].map((value, axis) => clamp((value - low[axis]) / (high[axis] - low[axis]), 0, 1) * (side - 1));
  const [i, j] = along.map((value) => Math.min(Math.floor(value), side - 2)),
    [s, t] = [along[0] - i, along[1] - j];
  const at = (column, row, d) => codes[(row * side + column) * dims + d];
  const across = (row, d) => (1 - s) * at(i, row, d) + s * at(i + 1, row, d);
  return Array.from({ length: dims }, (_, d) => (1 - t) * across(j, d) + t * across(j + 1, d));
}
