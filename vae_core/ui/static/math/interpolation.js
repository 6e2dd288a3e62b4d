// Arithmetic on codes: the plane of the map, and paths between codes. vae_core/latent/ has the same formulas.

import { clamp } from "./clamp.js";

/**
 * The plane of a map: an orthonormal basis of two directions, and the code at its origin.
 * @typedef {{basis: number[][], origin: number[]}} Plane basis is dims × 2, origin has dims numbers
 */

/** @type {(a: number[], b: number[]) => number} */
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
/** @type {(a: number[]) => number} */
const norm = (a) => Math.sqrt(dot(a, a));

/**
 * Linear interpolation (1 − t) a + t b.
 * @param {number[]} a
 * @param {number[]} b
 * @param {number} t in [0, 1]
 * @returns {number[]}
 */
export const lerp = (a, b, t) => a.map((value, i) => value + t * (b[i] - value));

/**
 * Spherical interpolation (Shoemake 1985): the direction turns at an even rate, the length changes linearly from |a|
 * to |b|.
 * @param {number[]} a
 * @param {number[]} b
 * @param {number} t in [0, 1]
 * @returns {number[]}
 */
export function slerp(a, b, t) {
  const [lengthA, lengthB] = [norm(a), norm(b)];
  if (lengthA < 1e-6 || lengthB < 1e-6) return lerp(a, b, t);
  const angle = Math.acos(clamp(dot(a, b) / (lengthA * lengthB), -1, 1));
  const sine = Math.sin(angle);
  if (sine < 1e-3) return lerp(a, b, t);
  const length = lengthA + t * (lengthB - lengthA);
  const [p, q] = [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
  return a.map((value, i) => length * ((p * value) / lengthA + (q * b[i]) / lengthB));
}

/**
 * The code at time t of a path.
 * @param {number[][]} codes the codes of the path at equally spaced times
 * @param {number} t in [0, 1]
 * @returns {number[]}
 */
export function codeAt(codes, t) {
  const at = t * (codes.length - 1);
  const i = Math.min(Math.floor(at), codes.length - 2);
  return lerp(codes[i], codes[i + 1], at - i);
}

/**
 * The weighted sum Σ wₖ cₖ of codes.
 * @param {number[][]} codes
 * @param {number[]} weights one for each code
 * @returns {number[]}
 */
export const weightedSum = (codes, weights) =>
  codes[0].map((_, i) => codes.reduce((sum, code, k) => sum + weights[k] * code[i], 0));

/**
 * The length of a path through codes, in units of the code.
 * @param {number[][]} codes
 * @returns {number}
 */
export const pathLength = (codes) =>
  codes.slice(1).reduce((sum, code, i) => sum + norm(code.map((value, d) => value - codes[i][d])), 0);

/**
 * Project a code onto the plane: basisᵀ (z − origin).
 * @param {Plane} plane
 * @param {ArrayLike<number>} z a code (dims)
 * @returns {[number, number]}
 */
export function project({ basis, origin }, z) {
  let [x, y] = [0, 0];
  for (let d = 0; d < origin.length; d++) {
    x += basis[d][0] * (z[d] - origin[d]);
    y += basis[d][1] * (z[d] - origin[d]);
  }
  return [x, y];
}

/**
 * The code at a point of the plane that keeps the component of `through` orthogonal to the plane.
 * @param {Plane} plane
 * @param {number} x
 * @param {number} y
 * @param {ArrayLike<number>} [through] a code (dims)
 * @returns {number[]}
 */
export function lift(plane, x, y, through = plane.origin) {
  const [u, v] = project(plane, through);
  return plane.basis.map((row, i) => through[i] + row[0] * (x - u) + row[1] * (y - v));
}
