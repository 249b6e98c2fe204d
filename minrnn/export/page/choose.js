// The choice of the next symbol from the logits of all symbols, as in minrnn/generation/choose.py.

// The probability of each symbol: softmax(logits / temperature), cut down to the topK likeliest symbols (0: all), then
// to the fewest of these that hold topP of the probability. `greedy` gives all of it to the likeliest.
function probabilities(logits, { temperature = 1, topK = 0, topP = 1, greedy = false } = {}) {
  let best = 0;
  for (let k = 1; k < logits.length; k++) if (logits[k] > logits[best]) best = k;
  if (greedy) return Float64Array.from(logits, (_, k) => (k === best ? 1 : 0));
  const p = Float64Array.from(logits, (z) => exp((z - logits[best]) / temperature));
  if (topK || topP < 1) restrict(p, topK || p.length, topP);
  const total = p.reduce((sum, p_k) => sum + p_k);
  return p.map((p_k) => p_k / total);
}

// Sets to 0 what must not be drawn.
function restrict(p, topK, topP) {
  const order = likeliest(p);
  const total = order.slice(0, topK).reduce((sum, k) => sum + p[k], 0);
  let before = 0;
  order.forEach((k, rank) => {
    const p_k = p[k];
    if (rank >= topK || before >= topP * total) p[k] = 0;
    before += p_k;
  });
}

// The symbols in the order of their probabilities; of equal ones, the first counts as likelier.
function likeliest(p) {
  return Array.from(p.keys()).sort((j, k) => p[k] - p[j]);
}

// The symbol at which the sum of the probabilities exceeds u, a number from 0 to 1.
function draw(p, u) {
  let picked = 0, reached = 0;
  for (let k = 0; k < p.length && reached <= u; k++) {
    if (p[k] > 0) picked = k;
    reached += p[k];
  }
  return picked;
}

// -log p of symbol k, in nats.
function surprise(logits, k) {
  let largest = logits[0], total = 0;
  for (const z of logits) largest = max(largest, z);
  for (const z of logits) total += exp(z - largest);
  return largest + log(total) - logits[k];
}

// Random numbers from 0 to 1; the same seed gives the same ones (mulberry32, by Tommy Ettinger).
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
