// Arithmetic on codes: the map's plane, and ways between codes. The same formulas as in vae_core/latent.py.

import { clamp } from "./clamp.js";

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const norm = (a) => Math.sqrt(dot(a, a));

/** (1 − t) a + t b */
export const straight = (a, b, t) => a.map((value, i) => value + t * (b[i] - value));

/** The great arc: the direction turns evenly, the length goes straight from |a| to |b|. */
export function spherical(a, b, t) {
  const [long, far] = [norm(a), norm(b)];
  if (long < 1e-6 || far < 1e-6) return straight(a, b, t);
  const angle = Math.acos(clamp(dot(a, b) / (long * far), -1, 1)),
    sine = Math.sin(angle);
  if (sine < 1e-3) return straight(a, b, t);
  const length = long + t * (far - long),
    [p, q] = [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
  return a.map((value, i) => length * ((p * value) / long + (q * b[i]) / far));
}

/** The place at t of a way that is given as codes at even steps. */
export function between(codes, t) {
  const at = t * (codes.length - 1),
    i = Math.min(Math.floor(at), codes.length - 2);
  return straight(codes[i], codes[i + 1], at - i);
}

/** Σ w c over codes c with a weight w each. */
export const blend = (codes, weights) =>
  codes[0].map((_, i) => codes.reduce((sum, code, k) => sum + weights[k] * code[i], 0));

/** How long a way through codes is. */
export const lengthOf = (codes) =>
  codes.slice(1).reduce((sum, code, i) => sum + norm(code.map((value, d) => value - codes[i][d])), 0);

/** A code → its point on the map: basisᵀ (z − origin). */
export const project = (map, z) =>
  [0, 1].map((axis) => map.basis.reduce((sum, row, i) => sum + row[axis] * (z[i] - map.origin[i]), 0));

/** A point on the map → a code, keeping what `through` (a code) has beyond the plane. */
export function lift(map, x, y, through = map.origin) {
  const [u, v] = project(map, through);
  return map.basis.map((row, i) => through[i] + row[0] * (x - u) + row[1] * (y - v));
}
