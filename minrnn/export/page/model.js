// The language model: symbols -> (embedding) -> stacked cells -> logits of the next symbol. See minrnn/nn.

// The weights by name. In 8 bits, a matrix is the largest |w| / 127 of each column, and then its integers from -127 to
// 127; biases, and all weights in 32 bits, are floats as they are.
function unpacked(bytes, shapes, bits) {
  const weights = {};
  let start = 0;
  const next = (count, size) => bytes.slice(start, (start += count * size)).buffer;
  for (const [name, [rows, columns]] of Object.entries(shapes)) {
    if (bits === 32 || !columns) {
      weights[name] = new Float32Array(next(rows * (columns || 1), 4));
    } else {
      const scale = new Float32Array(next(columns, 4));
      weights[name] = Float32Array.from(new Int8Array(next(rows * columns, 1)), (w, k) => w * scale[k % columns]);
    }
  }
  return weights;
}

// The weights whose names begin with this prefix, by the rest of their names.
function part(weights, prefix) {
  const found = Object.entries(weights).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, w]) => [name.slice(prefix.length), w]));
}

class Model {
  constructor(config, weights) {
    this.config = config;
    this.layers = Array.from({ length: config.layers }, (_, k) =>
      CELLS[config.cell](part(weights, `layers.${k}.`), config.hidden, config.cell_options));
    this.E = weights.embedding;
    this.P = weights["projection.P"];
    this.W = weights["output.W"] || transposed(this.E, config.V, config.embed); // tied weights
    this.b = weights["output.b"];
    this.sum = new Float32Array(config.hidden);
    this.projected = new Float32Array(config.projection);
    this.logits = new Float32Array(config.V);
  }

  // Reads symbol k. Then `logits` tell what may follow it.
  read(k) {
    const D = this.config.embed;
    let v = D ? this.E.subarray(k * D, (k + 1) * D) : k;
    this.sum.fill(0);
    for (const layer of this.layers) {
      v = layer.step(v);
      if (this.config.skip) addRow(1, v, 0, this.sum);
    }
    if (this.config.skip) v = this.sum;
    if (this.P) {
      this.projected.fill(0);
      addProduct(v, this.P, this.projected);
      v = this.projected;
    }
    this.logits.set(this.b);
    addProduct(v, this.W, this.logits);
  }

  // The vectors of the state of all layers, in a fixed order.
  get vectors() {
    return this.layers.flatMap((layer) => Object.values(layer.state));
  }

  // A copy of the state, to come back to; without one, every vector becomes zero.
  saved() {
    return [...this.vectors, this.logits].map((v) => v.slice());
  }

  restore(copy) {
    [...this.vectors, this.logits].forEach((v, k) => (copy ? v.set(copy[k]) : v.fill(0)));
  }
}
