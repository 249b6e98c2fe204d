// The recurrent cells. Names and equations are those of cells/rnn.py, gru.py, lstm.py and lnlstm.py.
//
// Each function takes the weights of a layer by name, its number H of units and the options of the cell. It returns
// {state, step}: step(x) reads x (a vector, or a symbol that stands for its one-hot row), overwrites the vectors of
// the state, and returns h.

function rnn({ Wx, Wh, b }, H) {
  const a = new Float32Array(H), h = new Float32Array(H);

  function step(x) {
    // (1) a = x Wx + h Wh + b
    a.set(b);
    addProduct(x, Wx, a);
    addProduct(h, Wh, a);
    // (2)
    for (let j = 0; j < H; j++) h[j] = tanh(a[j]);
    return h;
  }
  return { state: { h }, step };
}

// Gates r z n. The matrix Wh has a block of H columns for each.
function gru({ Wx, Wh, b, bh }, H, options) {
  const a = new Float32Array(3 * H), m = new Float32Array(H), h = new Float32Array(H);
  const [r, z, n] = blocks(a, H), rz = a.subarray(0, 2 * H);
  const sigma = gate(options);

  function step(x) {
    // (1) a = x Wx + b
    a.set(b);
    addProduct(x, Wx, a);
    // (2) r = sigmoid(a_r + h Wh_r), z = sigmoid(a_z + h Wh_z)
    addProduct(h, Wh, rz, 3 * H);
    for (let j = 0; j < 2 * H; j++) rz[j] = sigma(rz[j]);
    if (options.reset === "before") {
      // (3) m = r h, n = tanh(a_n + m Wh_n)
      for (let j = 0; j < H; j++) m[j] = r[j] * h[j];
      addProduct(m, Wh, n, 3 * H, 2 * H);
    } else {
      // (3) m = h Wh_n + bh, n = tanh(a_n + r m)
      m.set(bh);
      addProduct(h, Wh, m, 3 * H, 2 * H);
      for (let j = 0; j < H; j++) n[j] += r[j] * m[j];
    }
    for (let j = 0; j < H; j++) n[j] = tanh(n[j]);
    // (4)
    for (let j = 0; j < H; j++) h[j] = (1 - z[j]) * n[j] + z[j] * h[j];
    return h;
  }
  return { state: { h }, step };
}

// Gates i f g o; with tied gates f g o, and i = 1 - f.
function lstm({ Wx, Wh, b }, H, options) {
  const a = new Float32Array(b.length), h = new Float32Array(H), c = new Float32Array(H);
  const tied = options.tie_gates, sigma = gate(options);
  const [a_i, a_f, a_g, a_o] = tied ? [null, ...blocks(a, H)] : blocks(a, H);

  function step(x) {
    // (1) a = x Wx + h Wh + b
    a.set(b);
    addProduct(x, Wx, a);
    addProduct(h, Wh, a);
    for (let j = 0; j < H; j++) {
      // (2)
      const f = sigma(a_f[j]), i = tied ? 1 - f : sigma(a_i[j]), g = tanh(a_g[j]), o = sigma(a_o[j]);
      c[j] = f * c[j] + i * g; // (3)
      h[j] = o * tanh(c[j]); // (4)
    }
    return h;
  }
  return { state: { h, c }, step };
}

// Gates i f g o. Each is normalised before its activation, and so is the cell state: LN is `normalize`.
function lnlstm({ Wx, Wh, scale, b, scale_c, b_c }, H) {
  const a = new Float32Array(4 * H), h = new Float32Array(H), c = new Float32Array(H), y = new Float32Array(H);
  const [a_i, a_f, a_g, a_o] = blocks(a, H);
  const scales = blocks(scale, H), shifts = blocks(b, H);

  function step(x) {
    // (1) a = x Wx + h Wh
    a.fill(0);
    addProduct(x, Wx, a);
    addProduct(h, Wh, a);
    // (2) a_i <- LN(a_i), and the same for f g o
    [a_i, a_f, a_g, a_o].forEach((block, k) => normalize(block, scales[k], shifts[k], block));
    for (let j = 0; j < H; j++) {
      const i = sigmoid(a_i[j]), f = sigmoid(a_f[j]), g = tanh(a_g[j]);
      c[j] = f * c[j] + i * g; // (3)
    }
    // (4) h = o tanh(LN(c))
    normalize(c, scale_c, b_c, y);
    for (let j = 0; j < H; j++) h[j] = sigmoid(a_o[j]) * tanh(y[j]);
    return h;
  }
  return { state: { h, c }, step };
}

const CELLS = { rnn, gru, lstm, lnlstm };
