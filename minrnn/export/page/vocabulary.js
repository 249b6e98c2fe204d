// From a text to symbols and back, as in data/chars.py, words.py and raw.py.

const UNKNOWN = "<unk>";
// What Python counts as white space, and as part of a word.
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LETTER = "\\p{L}\\p{N}_";
// A word (with inner apostrophes), a punctuation mark, or a run of white space.
const TOKEN = new RegExp(`${UNKNOWN}|[${LETTER}]+(?:['’][${LETTER}]+)*|[^${LETTER}${SPACE}]|[${SPACE}]+`, "gu");
// The tokens of a text that is tokenised already.
const PRESPLIT = new RegExp(`\\n|[^${SPACE}]+`, "gu");

class Vocabulary {
  constructor(facts) {
    Object.assign(this, facts); // level, symbols, labels, opening, lowercase, letters, tokenised
    this.index = new Map(this.symbols.map((symbol, k) => [symbol, k]));
  }

  folded(text) {
    if (this.letters) return text.replace(/[^A-Za-z]/gu, " ").toLowerCase();
    return this.lowercase ? text.replaceAll("Σ", "σ").toLowerCase() : text;
  }

  split(text) {
    if (this.level === "byte") return [...new TextEncoder().encode(text)];
    if (this.level === "char") return [...text];
    return text.match(this.tokenised ? PRESPLIT : TOKEN) || [];
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
