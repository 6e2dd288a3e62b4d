// The two layers of a map, in the order in which they are painted: on its canvases, or into a file.

import { drawGrid, drawScale } from "./axes.js";
import { axisNames } from "./map_data.js";
import { drawClassNames, drawContours, drawHandle, drawPrior } from "./overlay.js";

/** @typedef {import("./latent_map.js").LatentMap} LatentMap */
/** @typedef {import("../page/dom.js").Theme} Theme */
/** Draws over a map. @typedef {(context: CanvasRenderingContext2D, theme: Theme) => void} Painter */

/**
 * Paint the lower layer: decoded images, grid, points, prior, axes.
 * @param {CanvasRenderingContext2D} context
 * @param {LatentMap} map
 * @param {Theme} theme
 * @param {() => void} paintPoints
 */
export function paintBackground(context, map, theme, paintPoints) {
  const { data, legend, viewport } = map;
  if (data) map.decodedGrid.draw(context);
  drawGrid(context, viewport, theme);
  if (data && legend.marks !== "none") paintPoints();
  drawPrior(context, viewport, legend.gaussians, theme);
  drawContours(context, viewport, legend.mixture, theme);
  drawScale(context, viewport, axisNames(data), theme);
}

/**
 * Paint the upper layer: class names, marked codes, the lasso, marked images, the handle.
 * @param {CanvasRenderingContext2D} context
 * @param {LatentMap} map
 * @param {Theme} theme
 */
export function paintOverlay(context, map, theme) {
  const { annotations, data, legend, viewport } = map;
  if (data && legend.marks === "names") drawClassNames(context, viewport, legend.classMedians(), theme);
  annotations.paintCodes(context, viewport, theme);
  map.lasso.paint(context, theme);
  if (data) annotations.paintImages(context, viewport, data.points, theme);
  if (map.hasHandle) drawHandle(context, viewport, map.visibleHandle, theme);
}
