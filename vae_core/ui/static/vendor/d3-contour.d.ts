/** A region {value ≥ threshold}: polygons of rings of [x, y] in grid units, the middle of the first cell at (½, ½). */
export interface Contour {
  type: "MultiPolygon";
  value: number;
  coordinates: [number, number][][][];
}

export interface ContourGenerator {
  (values: ArrayLike<number>): Contour[];
  size(size: [columns: number, rows: number]): ContourGenerator;
  thresholds(thresholds: number[]): ContourGenerator;
}

/** A generator of contours of a grid of values, row by row, by marching squares with linear interpolation. */
export function contours(): ContourGenerator;
