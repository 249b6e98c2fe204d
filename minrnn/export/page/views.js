// What the page shows of a text and of its model: the coloured text, the bars, the hidden units.

const SHOWN = 12; // bars

// The text, a span for each symbol, in blocks of a line each: so a new symbol moves few others.
class TextView {
  constructor(element, vocabulary) {
    Object.assign(this, { element, vocabulary, spans: [] });
  }

  // Adds what a writer has more. Its first `prompt` symbols were given, and not written.
  update(writer, prompt) {
    const follow = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 30;
    for (let place = this.spans.length + writer.hidden; place < writer.length; place++) {
      const span = this.span(writer.symbols[place], writer.surprises[place]);
      span.dataset.place = place;
      span.classList.toggle("prompt", place < prompt);
      if (!this.spans.length || this.spans.at(-1).textContent.endsWith("\n")) this.element.append(make("div", ""));
      this.element.lastChild.append(span);
      this.spans.push(span);
    }
    if (follow) this.element.scrollTop = this.element.scrollHeight;
  }

  span(k, nats) {
    const label = this.vocabulary.label(k), text = this.vocabulary.text(k);
    const span = make("span", label);
    if (/^[ \n\t]*$/.test(text)) {
      // Signs such as ↵ are only painted, so that nobody copies them.
      span.textContent = text;
      span.dataset.sign = label.replace(/\s/g, "");
    } else if (label !== text) {
      span.className = "sign";
    }
    if (nats !== null) span.style.backgroundColor = colour("surprise", nats / NATS);
    return span;
  }

  // Takes away all symbols but the first `count`.
  cut(count) {
    this.spans.splice(count).forEach((span) => span.remove());
    for (const line of [...this.element.children]) if (!line.firstChild) line.remove();
  }

  // Marks the symbol that the bars belong to.
  mark(index) {
    this.element.querySelector(".here")?.classList.remove("here");
    this.spans[index]?.classList.add("here");
  }

  // Scrolls to it.
  reveal(index) {
    const span = this.spans[index];
    if (!span) return;
    const { top, bottom } = this.element.getBoundingClientRect(), box = span.getBoundingClientRect();
    if (box.top < top || box.bottom > bottom) this.element.scrollTop += (box.top + box.bottom - top - bottom) / 2;
  }
}

// The likeliest next symbols, a button each. Pale is what the model says, strong what the settings make of it.
class NextView {
  constructor(list, vocabulary, choose) {
    this.vocabulary = vocabulary;
    this.rows = Array.from({ length: Math.min(SHOWN, vocabulary.symbols.length) }, () => {
      const button = make("button", "", { type: "button", onclick: () => choose(Number(button.dataset.symbol)) });
      button.append(make("code", ""), make("span", "", { className: "bar" }), make("span", "", { className: "p" }));
      button.children[1].append(make("i", ""), make("i", ""));
      const item = make("li", "");
      item.append(button);
      list.append(item);
      return button;
    });
  }

  // `written` is the symbol that follows in the text, if there is one.
  update(logits, choice, written) {
    const p = probabilities(logits), chances = probabilities(logits, choice);
    const order = likeliest(p);
    this.rows.forEach((button, rank) => {
      const k = order[rank];
      const [name, bar, chance] = button.children;
      const label = this.vocabulary.short(k);
      button.dataset.symbol = k;
      button.classList.toggle("written", k === written);
      name.textContent = label;
      bar.firstChild.style.width = `${100 * p[k]}%`;
      bar.lastChild.style.width = `${100 * chances[k]}%`;
      chance.textContent = chances[k] ? percent(chances[k]) : "cut off";
      button.setAttribute("aria-label", `continue with ${label}, ${chance.textContent}`);
    });
  }
}

// The hidden state h of every layer as a picture, a square for each unit.
class UnitsView {
  constructor(element, model) {
    this.model = model;
    const H = model.config.hidden;
    this.columns = Math.min(H, H < 128 ? 16 : 32);
    this.canvases = model.layers.map((_, k) => {
      const canvas = make("canvas", "", { width: this.columns * 20, height: Math.ceil(H / this.columns) * 20 });
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `hidden state of the ${H} units of layer ${k + 1}`);
      element.append(canvas);
      return canvas;
    });
  }

  update() {
    const look = getComputedStyle(document.documentElement);
    const [plus, minus] = ["--plus", "--minus"].map((name) => look.getPropertyValue(name));
    this.canvases.forEach((canvas, k) => {
      const paper = canvas.getContext("2d");
      paper.clearRect(0, 0, canvas.width, canvas.height);
      this.model.layers[k].state.h.forEach((h, unit) => {
        paper.fillStyle = `rgb(${h < 0 ? minus : plus} / ${(0.06 + 0.94 * min(1, Math.abs(h))).toFixed(2)})`;
        paper.fillRect((unit % this.columns) * 20 + 1, Math.floor(unit / this.columns) * 20 + 1, 18, 18);
      });
    });
  }

  // The unit under the pointer in words.
  told(event) {
    const layer = this.canvases.indexOf(event.target);
    if (layer < 0) return "";
    const square = event.target.clientWidth / this.columns;
    const unit = Math.floor(event.offsetY / square) * this.columns + Math.floor(event.offsetX / square);
    const h = this.model.layers[layer].state.h[unit];
    return h === undefined ? "" : `layer ${layer + 1}, unit ${unit + 1}: h = ${h.toFixed(3)}`;
  }
}
