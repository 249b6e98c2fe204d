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

// The first step after this one that has the equation, or the first of all.
function nextWith(equation) {
  const steps = data.steps.map((step, k) => [step.e, k + 1]).filter(([e]) => e === equation).map(([, k]) => k);
  return steps.find((k) => k > now) ?? steps[0];
}

function go(step) {
  const one = step === now + 1 || step === now - 1;
  now = Math.max(0, Math.min(data.steps.length, step));
  const current = now ? data.steps[now - 1] : null;
  const written = new Set(current ? current.fills.map(([id]) => id) : []), read = new Set(current ? current.reads : []);
  for (const [id, element] of cells) {
    const last = (fills.get(id) ?? []).findLast(([k]) => k <= now);
    const inner = element.classList.contains("way") ? element.querySelector(".cell") : element;
    const array = last ? last[1] : -1;
    if (inner.dataset.array !== String(array)) {
      inner.dataset.array = array;
      inner.replaceChildren(...(last ? numbers(data.arrays[array]) : []));
    }
    element.classList.toggle("full", Boolean(last));
    element.classList.toggle("empty", !last);
    element.classList.toggle("written", written.has(id));
    element.classList.toggle("moving", written.has(id) && one);
    element.classList.toggle("read", read.has(id));
  }
  for (const box of document.querySelectorAll(".card")) {
    box.classList.toggle("active", Boolean(current) && box.dataset.card === `${current.s}/${current.t}`);
  }
  at("slider").value = now;
  showWhere(current);
  showNow(current);
  showEquation(current);
  showCode(current);
  intoView();
}

function showWhere(current) {
  at("where").textContent = `step ${now} of ${data.steps.length}`;
  if (!current) return;
  const when = current.t === null ? "sums over t" : `t = ${current.t}`;
  at("where").append(" · ", make("b", current.b ? "backward" : "forward", { className: current.b ? "backward" : "forward" }), ` · ${when}`);
}

function showNow(current) {
  const box = at("now");
  box.className = current && current.b ? "backward" : "forward";
  box.replaceChildren(make("h2", "now"));
  if (!current) {
    box.append(make("p", "Press → or space: every press computes one equation."));
    return;
  }
  const equation = data.equations[current.e];
  const of = current.s ? `, ${current.s}` : "";
  box.replaceChildren(make("h2", `${current.b ? "backward" : "forward"} (${equation.n})${current.t === null ? "" : `, t = ${current.t}`}${of}`));
  const formula = make("p", "", { id: "formula" });
  formula.append(typeset(equation.text));
  box.append(formula, make("p", equation.text, { id: "ascii" }));
  const table = make("table", "", { id: "sum" });
  const kind = current.b ? "d" : "v";
  const row = (sign, text, array, name, colour, hint = "") => {
    const line = make("tr", "", { className: name }), cell = make("td", "", { className: colour });
    const v = data.arrays[array], columns = (Array.isArray(v[0]) ? v[0] : v).length;
    cell.append(...numbers(v, columns > 4 ? 3 : 4));
    line.append(make("th", sign, { className: "sign" }), make("th", text), cell, make("td", hint, { className: "hint" }));
    table.append(line);
  };
  current.terms.forEach(([text, array, parts], k) => {
    row(k ? "+" : "", text.replace(/^- ?/, "−"), array, "term", kind, hintFor(current, text, k));
    for (const [name, part] of parts) {
      const size = [data.arrays[part]].flat(2).length;
      if (size <= 40) row("", name, part, "part", "");
    }
  });
  row("=", current.k, current.v, "total", kind);
  const scroll = make("div", "", { className: "scroll" });
  scroll.append(table);
  box.append(scroll);
}

// Where a summand comes from, if it is not of this step.
function hintFor({ k: key, s: strip, t }, text, index) {
  if (text === key && index === 0) return "so far";
  const { back } = data.strips.find(({ name }) => name === strip);
  if (/^d\w+_next$/.test(text)) return (back === 1 ? t === data.T - 1 : t === 0) ? "from beyond the end" : `from step ${t + back}`;
  return text.startsWith("dh_above") ? "from the output" : "";
}

function showEquation(current) {
  for (const button of document.querySelectorAll("#equations button")) {
    const is = current && button.id === `equation${current.e}`;
    if (is) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
    if (is) {
      const list = at("equations"), top = button.offsetTop - list.offsetTop;
      if (top < list.scrollTop + 30 || top > list.scrollTop + list.clientHeight - 60) list.scrollTop = top - list.clientHeight / 3;
    }
  }
}

function showCode(current) {
  const box = at("code");
  box.replaceChildren();
  if (!current) return;
  const { code, file, n } = data.equations[current.e];
  // Lines that assign this very value, if there are any; else those with the number.
  const own = new RegExp(`^\\s*${current.k.replace(/\W.*/, "")}(_n)?(\\[.*?\\])? [+*]?= `);
  const exact = code.some(([, lines]) => lines.some(([, line]) => own.test(line)));
  for (const [name, lines] of code) {
    box.append(make("h2", `code: ${name}`));
    const pre = make("pre", "", { className: current.b ? "backward" : "forward" });
    const indent = Math.min(...lines.map(([, line]) => line.search(/\S/)));
    for (const [k, line, marked] of lines) {
      const shown = make("span", "", { className: (exact ? own.test(line) : marked) ? "line mark" : "line" });
      shown.append(make("span", `${String(k).padStart(4)}  `, { className: "no" }), line.slice(indent));
      pre.append(shown);
    }
    box.append(pre);
  }
  if (!code.length) box.append(make("h2", "code"), make("p", `No line of ${file} carries # (${n}).`, { className: "note" }));
}

// Scrolls the network, and not the page, to what was written.
function intoView() {
  const network = at("network");
  const target = network.querySelector(".card.active") ?? network.querySelector(".written");
  if (!target) {
    if (!now) network.scrollLeft = 0;
    return;
  }
  const here = target.getBoundingClientRect(), all = network.getBoundingClientRect();
  if (here.left < all.left + 90) network.scrollLeft += here.left - all.left - 90;
  else if (here.right > all.right - 90) network.scrollLeft += Math.min(here.right - all.right + 90, here.left - all.left);
}

function play(on) {
  clearInterval(timer);
  timer = on ? setInterval(() => (now < data.steps.length ? go(now + 1) : play(false)), 900) : null;
  at("play").textContent = on ? "pause" : "play";
  at("play").setAttribute("aria-pressed", on);
}

function listen() {
  const to = { first: () => 0, back: () => now - 1, next: () => now + 1, last: () => data.steps.length };
  for (const [id, step] of Object.entries(to)) at(id).onclick = () => (play(false), go(step()));
  at("play").onclick = () => play(timer === null);
  at("slider").oninput = () => go(Number(at("slider").value));
  const keys = { ArrowRight: "next", " ": "next", ArrowLeft: "back", Home: "first", End: "last", p: "play" };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    if (event.key === " " && event.target.closest("button")) return;
    event.preventDefault();
    at(event.key === " " && event.shiftKey ? "back" : keys[event.key]).click();
  });
  let start = null;
  addEventListener("touchstart", ({ touches, target }) => {
    start = touches.length === 1 && !target.closest("#network, pre, .scroll, nav") ? touches[0] : null;
  }, { passive: true });
  addEventListener("touchend", ({ changedTouches: [end] }) => {
    if (!start) return;
    const right = end.clientX - start.clientX, down = end.clientY - start.clientY;
    if (Math.abs(right) > 40 && Math.abs(right) > 2 * Math.abs(down)) at(right < 0 ? "next" : "back").click();
    start = null;
  }, { passive: true });
}

build();
listen();
go(0);
