// From a text to symbols and back, as in data/chars.py, words.py and raw.py.

const UNKNOWN = "<unk>";

class Vocabulary {
  constructor(facts) {
    Object.assign(this, facts); // level, symbols, labels, opening, lowercase, letters; of words tokenised, pattern
    this.index = new Map(this.symbols.map((symbol, k) => [symbol, k]));
  }

  folded(text) {
    if (this.letters) return text.replace(/[^A-Za-z]/gu, " ").toLowerCase();
    return this.lowercase ? text.replaceAll("Σ", "σ").toLowerCase() : text;
  }

  split(text) {
    if (this.level === "byte") return [...new TextEncoder().encode(text)];
    if (this.level === "char") return [...text];
    return text.match(new RegExp(this.pattern, "gu")) || [];
  }

  // {ids, unknown}: the symbols of a text, and those that the model does not know. With <unk> in the vocabulary,
  // they are read as <unk>; without it they have no ids, and undefined stands in their places.
  encode(text) {
    const symbols = this.split(this.folded(text));
    const ids = symbols.map((symbol) => this.index.get(symbol) ?? this.index.get(UNKNOWN));
    return { ids, unknown: [...new Set(symbols.filter((symbol) => !this.index.has(symbol)))] };
  }

  // What symbol k adds to a text.
  text(k) {
    if (this.level === "byte") return String.fromCharCode(this.symbols[k]);
    return this.tokenised ? ` ${this.symbols[k]}` : this.symbols[k];
  }

  // The same as people can read it: nothing in it is invisible.
  label(k) {
    return this.labels[k] ?? this.text(k);
  }

  // The same without white space around it, for a list.
  short(k) {
    const label = this.label(k);
    return label.trim() || "␣".repeat(label.length);
  }
}
