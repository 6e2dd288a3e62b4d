// The prior's density at a code.

/** A Gaussian {weight, mean, covariance} (D × D, row by row) as its density needs it: L with L Lᵀ = covariance, and what is constant. */
export function prepared({ weight, mean, covariance }) {
  const dims = mean.length,
    root = new Float64Array(dims * dims);
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

/** log p(z) in nats of a mixture of prepared Gaussians: log Σ exp(constant − ½ ‖L⁻¹ (z − mean)‖²). */
export function logDensity(gaussians, z) {
  const terms = gaussians.map(({ constant, mean, root }) => {
    const dims = mean.length,
      solved = new Float64Array(dims);
    let squared = 0;
    for (let row = 0; row < dims; row++) {
      let rest = z[row] - mean[row];
      for (let i = 0; i < row; i++) rest -= root[row * dims + i] * solved[i];
      solved[row] = rest / root[row * dims + row];
      squared += solved[row] ** 2;
    }
    return constant - squared / 2;
  });
  const most = Math.max(...terms);
  return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0));
}
