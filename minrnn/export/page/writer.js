// A text that a model writes, with a way back to any of its symbols.

const KEEP_EVERY = 32; // The state is kept after so many symbols: the way back is at most that long.

class Writer {
  // The model first reads `start`, at least one symbol. The first `hidden` symbols are not part of the text.
  constructor(model, start, hidden) {
    Object.assign(this, { model, hidden, symbols: [], surprises: [], states: [] });
    model.restore(null);
    start.forEach((k) => this.read(k));
  }

  get length() {
    return this.symbols.length;
  }

  // Reads one more symbol, and notes how much it surprises the model, in nats; nothing predicts the first one.
  read(k) {
    this.surprises.push(this.length ? surprise(this.model.logits, k) : null);
    this.model.read(k);
    if (this.length % KEEP_EVERY === 0) this.states.push(this.model.saved());
    this.symbols.push(k);
  }

  // Draws the next symbol from the probabilities of `choice`; u is a random number from 0 to 1.
  write(choice, u) {
    this.read(draw(probabilities(this.model.logits, choice), u));
  }

  // Brings the model to where it was when it had read the symbol at `place`, and nothing after it.
  goTo(place) {
    const kept = Math.floor(place / KEEP_EVERY);
    this.model.restore(this.states[kept]);
    for (const k of this.symbols.slice(kept * KEEP_EVERY + 1, place + 1)) this.model.read(k);
  }

  // Forgets all symbols after `place`.
  cut(place) {
    this.goTo(place);
    this.symbols.length = this.surprises.length = place + 1;
    this.states.length = Math.floor(place / KEEP_EVERY) + 1;
  }
}
