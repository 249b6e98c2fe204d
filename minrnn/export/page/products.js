// Vectors are Float32Array. A matrix (rows, columns) is one too, row after row, as in NumPy.

// y += x W. A symbol (an integer) stands for its one-hot row: then x W is row x of W.
// Of a W with more columns than y has elements, `width` in all, those from column `first` on are meant.
function addProduct(x, W, y, width = y.length, first = 0) {
  if (typeof x === "number") return addRow(1, W, x * width + first, y);
  let k = 0;
  // Four rows at a time: each y[j] is loaded and stored once for four products.
  for (; k + 3 < x.length; k += 4) {
    const x0 = x[k], x1 = x[k + 1], x2 = x[k + 2], x3 = x[k + 3];
    const row0 = k * width + first, row1 = row0 + width, row2 = row1 + width, row3 = row2 + width;
    for (let j = 0; j < y.length; j++) {
      y[j] += x0 * W[row0 + j] + x1 * W[row1 + j] + x2 * W[row2 + j] + x3 * W[row3 + j];
    }
  }
  for (; k < x.length; k++) addRow(x[k], W, k * width + first, y);
}

// y += s times the row of W that begins at `start`.
function addRow(s, W, start, y) {
  for (let j = 0; j < y.length; j++) y[j] += s * W[start + j];
}

// The blocks of H columns of a, as views: one for each gate.
function blocks(a, H) {
  return Array.from({ length: a.length / H }, (_, k) => a.subarray(k * H, (k + 1) * H));
}

function transposed(W, rows, columns) {
  return W.map((_, k) => W[(k % rows) * columns + Math.floor(k / rows)]);
}

const { tanh, exp, log, sqrt, min, max } = Math;

function sigmoid(a) {
  return 1 / (1 + exp(-a));
}

function hardSigmoid(a) {
  return min(max(0.2 * a + 0.5, 0), 1);
}

// The activation of a gate, by the option --gates.
function gate(options) {
  return options.gates === "hard" ? hardSigmoid : sigmoid;
}

// Layer normalisation: y = scale (v - mean(v)) / sqrt(var(v) + EPSILON) + shift. y may be v.
const EPSILON = 1e-5;

function normalize(v, scale, shift, y) {
  let mean = 0, variance = 0;
  for (const v_j of v) mean += v_j / v.length;
  for (const v_j of v) variance += (v_j - mean) ** 2 / v.length;
  const s = 1 / sqrt(variance + EPSILON);
  for (let j = 0; j < v.length; j++) y[j] = scale[j] * (v[j] - mean) * s + shift[j];
}
