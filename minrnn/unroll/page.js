// The page before its first step, and numbers and formulas as they are shown.

const cells = new Map(); // The elements of all places by their ids.
const fills = new Map(); // By place: [step, number of an array], in order.
let now = 0; // How many steps have been made.
let timer = null;

function format(x, digits) {
  if (Number.isInteger(x)) return String(x);
  return Math.abs(x) < 0.5 * 10 ** -digits ? x.toExponential(0) : x.toFixed(digits);
}

function number(x, digits = 3) {
  return make("span", format(x, digits), { className: "n", title: String(x) });
}

// An array as rows of numbers; a vector is one row.
function numbers(array, digits) {
  if (!Array.isArray(array)) return [number(array, digits)];
  if (!Array.isArray(array[0])) return array.map((x) => number(x, digits));
  return array.map((row) => {
    const line = make("div", "", { className: "row" });
    line.append(...row.map((x) => number(x, digits)));
    return line;
  });
}

// An equation as it is typeset: h[t-1] with an index below, ^T above, sigmoid as a Greek letter.
function typeset(text) {
  const out = document.createDocumentFragment();
  const part = /sum(?:_([a-z]))?\b|([A-Za-z]\w*)(?:\[([^\]]*)\])?|\^(T|\d+)|\+=|-|./g;
  for (const [token, over, name, index, power] of text.matchAll(part)) {
    if (power) out.append(make("sup", power));
    else if (token.startsWith("sum")) {
      out.append("Σ");
      if (over) out.append(make("sub", over));
    } else if (name === "sigmoid") out.append("σ");
    else if (/^(tanh|softmax|positive|relu|exp|log|onehot|LN|dLN|norm|where|else|total)$/.test(name)) out.append(name);
    else if (name) {
      const [base, ...below] = name.split("_");
      out.append(make("i", base));
      if (index) below.push(index.replace("-", "−"));
      if (below.length) out.append(make("sub", below.join(", ")));
    } else out.append(token === "-" ? "−" : token);
  }
  return out;
}

function place(id, settings) {
  const element = make("div", "", settings);
  cells.set(id, element);
  return element;
}

function wire(strip, gap) {
  const box = make("div", "", { className: "wire" });
  for (const kind of ["v", "d"]) {
    for (const state of strip.wires) {
      const rightward = (kind === "v") === (strip.back === 1);
      const way = place(`${strip.name}/w${gap}/${state}/${kind}`, { className: `way ${kind} ${rightward ? "right" : "left"}ward` });
      const label = kind === "v" ? `${state}[${strip.back === 1 ? gap - 1 : gap}]` : `d${state}_next`;
      way.append(make("span", label, { className: "label" }), make("span", "", { className: "arrow" }));
      way.append(make("div", "", { className: `cell ${kind}` }));
      box.append(way);
    }
  }
  return box;
}

function card(strip, t) {
  const box = make("div", "", { className: "card" });
  box.dataset.card = `${strip.name}/${t}`;
  const head = make("h3", strip.wires.length ? `t = ${t} reads ` : data.both ? "is it " : "next is ");
  head.append(make("b", (strip.wires.length ? data.symbols : data.targets)[t]), strip.wires.length ? "" : " ?");
  box.append(head, make("span", ""), make("span", "value", { className: "head v" }), make("span", "gradient", { className: "head d" }));
  for (const row of strip.rows) {
    const only = strip.only.includes(row); // a gradient without a value; its name may be long
    box.append(make("span", row, { className: only ? "label wide" : "label" }));
    if (!only) box.append(place(`${strip.name}/${t}/${row}/v`, { className: "cell v" }));
    box.append(place(`${strip.name}/${t}/${row}/d`, { className: "cell d" }));
  }
  return box;
}

function build() {
  document.title = at("title").textContent = data.title;
  at("about").textContent = data.about;
  document.querySelector("#diagram img").src = `data:image/svg+xml,${encodeURIComponent(data.diagram)}`;
  // As large as fits: a card has 6.4 + 2 numbers columns, a wire 9 characters.
  const width = Math.max(2, data.H) * 6.6, characters = data.T * (2 * width + 10.2) + (data.T + 1) * 9;
  const network = at("network").style;
  network.setProperty("--numbers", `${width}ch`);
  network.setProperty("--H", data.H);
  network.fontSize = `clamp(11px, calc((100vw - 42px) / ${(0.605 * characters).toFixed(1)}), 17px)`;
  for (const strip of data.strips) {
    if (data.both) at("network").append(make("div", strip.name === "output" ? "output layer" : `${strip.name} cell`, { className: "lane" }));
    const line = make("div", "", { className: "strip" });
    for (let t = 0; t < data.T; t++) line.append(wire(strip, t), card(strip, t));
    line.append(wire(strip, data.T));
    at("network").append(line);
    for (const name of strip.parameters) parameter(strip, name);
  }
  for (const backward of [false, true]) {
    const list = make("div", "", { className: backward ? "backward" : "forward" });
    list.append(make("h2", backward ? "backward" : "forward"));
    data.equations.forEach((equation, k) => {
      if (equation.n.endsWith("'") !== backward) return;
      const button = make("button", "", { id: `equation${k}` });
      button.append(make("span", `(${equation.n})`.padEnd(5), { className: "no" }), make("span", equation.text, { className: "text" }));
      button.onclick = () => go(nextWith(k));
      list.append(button);
    });
    at("equations").append(list);
  }
  const add = (step) => ([id, array]) => (fills.get(id) ?? fills.set(id, []).get(id)).push([step, array]);
  data.first.forEach(add(0));
  data.steps.forEach((step, k) => step.fills.forEach(add(k + 1)));
  at("slider").max = data.steps.length;
}

function parameter(strip, name) {
  if (!at("all")) {
    at("weights").append(make("h2", "parameters and their gradients"), make("div", "", { id: "all", className: "all" }));
  }
  const box = make("div", "");
  const of = data.both || strip.name === "output" ? ` of ${strip.name}` : "";
  const matrix = make("div", "", { className: "matrix" });
  matrix.append(place(`${strip.name}/p/${name}/v`, { className: "cell v" }), place(`${strip.name}/p/${name}/d`, { className: "cell d" }));
  box.append(make("h3", `${name}${of}`), matrix);
  at("all").append(box);
}
