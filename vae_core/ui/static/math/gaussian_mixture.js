// The density of a mixture of Gaussians, such as the prior's at a code.

/**
 * A weighted Gaussian. The covariance lies row by row (D × D).
 * @typedef {{weight: number, mean: ArrayLike<number>, covariance: ArrayLike<number>}} Gaussian
 */

/**
 * A Gaussian in the form that its density needs: its log normalization (weight included), its mean, and its Cholesky
 * factor L.
 * @typedef {{constant: number, mean: ArrayLike<number>, root: Float64Array}} PreparedGaussian
 */

/**
 * Compute what the density of a Gaussian needs at every point: L with L Lᵀ = covariance, and the constant terms.
 * @param {Gaussian} gaussian
 * @returns {PreparedGaussian}
 */
export function prepareGaussian({ weight, mean, covariance }) {
  const dims = mean.length;
  const root = new Float64Array(dims * dims);
  let constant = Math.log(weight) - (dims / 2) * Math.log(2 * Math.PI);
  for (let row = 0; row < dims; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = covariance[row * dims + column];
      for (let i = 0; i < column; i++) sum -= root[row * dims + i] * root[column * dims + i];
      root[row * dims + column] = row === column ? Math.sqrt(sum) : sum / root[column * dims + column];
    }
    constant -= Math.log(root[row * dims + row]);
  }
  return { constant, mean, root };
}

/**
 * The log density log p(z) = log Σ exp(constant − ½ ‖L⁻¹ (z − mean)‖²) of a mixture.
 * @param {PreparedGaussian[]} mixture
 * @param {ArrayLike<number>} z a point (D)
 * @returns {number} nats
 */
export function logDensity(mixture, z) {
  const terms = mixture.map(({ constant, mean, root }) => constant - squaredLength(solve(root, z, mean)) / 2);
  const greatest = Math.max(...terms);
  return greatest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - greatest), 0));
}

/**
 * Solve L x = z − mean by forward substitution.
 * @param {Float64Array} root L (D × D)
 * @param {ArrayLike<number>} z
 * @param {ArrayLike<number>} mean
 */
function solve(root, z, mean) {
  const dims = mean.length;
  const solution = new Float64Array(dims);
  for (let row = 0; row < dims; row++) {
    let rest = z[row] - mean[row];
    for (let i = 0; i < row; i++) rest -= root[row * dims + i] * solution[i];
    solution[row] = rest / root[row * dims + row];
  }
  return solution;
}

/** @param {Float64Array} vector */
const squaredLength = (vector) => vector.reduce((sum, value) => sum + value ** 2, 0);
