// What is shown, and the colours of the text and of the grid of units.

const bytes = bytesOf(data.bytes);
const n = data.text.length;
const shown = { layer: data.start.layer, unit: data.start.unit, value: data.start.value };
let pointed = null; // the symbol under the pointer
let chosen = null; // the symbol that was clicked, tapped or reached by keys

// What the text can be coloured by besides the values of a unit.
const views = {
  surprise: {
    title: () => "surprise, in nats a symbol",
    meaning: `surprise: -log p of the symbol, in nats, from the model's prediction ${data.bothSides
      ? "from both sides of it" : "before it was read"}`,
    ends: ["0", `${NATS} nats`],
    bar: ["transparent", colour("surprise", 1)],
    paint: (place) => colour("surprise", data.surprise[place] / NATS),
  },
};

function values(name) {
  return data.layers[shown.layer].values.find((v) => v.name === name);
}

// The value that the grid, the panel and the curves are about: the chosen one, or h where the text shows no value.
function unitValue() {
  return values(shown.value) || data.layers[shown.layer].values[0];
}

// The value of a byte: of a gate from 0 to 1, of anything else from minus to plus the largest of its unit.
function activation(v, unit, place) {
  const byte = bytes[v.at + unit * n + place];
  return v.scale ? ((byte - 128) / 127) * v.scale[unit] : byte / 255;
}

// The same as a share of the largest: from -1 to 1, gates from 0 to 1.
function share(v, unit, place) {
  const byte = bytes[v.at + unit * n + place];
  return v.scale ? (v.scale[unit] ? (byte - 128) / 127 : 0) : byte / 255;
}

function colourOf(v, unit, place) {
  const part = share(v, unit, place);
  return colour(v.scale ? (part < 0 ? "minus" : "plus") : "gate", part);
}

const spans = data.text.map((k, place) => {
  const span = make("span", data.alphabet[k]);
  if (data.signs.includes(k)) span.className = "sign";
  span.dataset.place = place;
  return span;
});

function paintText() {
  const v = values(shown.value);
  const paint = v ? (place) => colourOf(v, shown.unit, place) : views[shown.value].paint;
  spans.forEach((span, place) => { span.style.backgroundColor = paint(place); });
  at("now").textContent = v ? `${data.layers[shown.layer].name}, unit ${shown.unit + 1}: ${v.name}` : views[shown.value].title();
}

// How much each unit varies: the standard deviations over the text, as shares of the largest one in the layer.
function spread(layer, v) {
  if (v.spread) return v.spread;
  const deviations = Array.from({ length: layer.units }, (_, unit) => {
    let sum = 0, squares = 0;
    for (let place = 0; place < n; place++) {
      const a = activation(v, unit, place);
      sum += a;
      squares += a * a;
    }
    return Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
  });
  const most = Math.max(...deviations) || 1;
  return (v.spread = deviations.map((d) => d / most));
}

// All units of the layer at one symbol; without one, how much each unit varies over the text.
function paintGrid() {
  const layer = data.layers[shown.layer], v = unitValue(), place = pointed ?? chosen;
  [...at("grid").children].forEach((button, unit) => {
    button.style.backgroundColor = place === null
      ? colour(v.scale ? "plus" : "gate", spread(layer, v)[unit]) : colourOf(v, unit, place);
    button.setAttribute("aria-pressed", unit === shown.unit);
  });
  at("gridnote").textContent = place === null
    ? `Colour: how much ${v.name} of each unit varies over the text. Choose a symbol to see every unit there.`
    : `Colour: ${v.name} of every unit after symbol ${place + 1}.`;
}

// Buttons of which one is pressed: `names`, with `title` to tell more.
function choices(id, names, isOn, choose, title = () => "") {
  at(id).replaceChildren(...names.map((name, k) => {
    const button = make("button", name, { type: "button", title: title(name), onclick: () => choose(name, k) });
    button.setAttribute("aria-pressed", isOn(name, k));
    return button;
  }));
}

function paintScale() {
  const v = values(shown.value), view = views[shown.value];
  const most = v && v.scale ? v.scale[shown.unit].toPrecision(3) : null;
  const [low, high] = view ? view.ends : most ? [`−${most}`, most] : ["0", "1"];
  const bar = view ? view.bar
    : most ? [colour("minus", 1), "transparent", colour("plus", 1)] : ["transparent", colour("gate", 1)];
  at("low").textContent = low;
  at("high").textContent = high;
  at("bar").style.background = `linear-gradient(to right, ${bar.join(", ")})`;
  at("meaning").textContent = view ? view.meaning
    : `${v.name}: ${data.legend[v.name]}.${most ? " Orange is above zero, blue below." : ""}`;
}

// A unit is a thing to see only where the text is coloured by a value.
function showUnit(unit) {
  show({ unit, value: unitValue().name });
}

function fillGrid(units) {
  at("grid").replaceChildren(...Array.from({ length: units }, (_, unit) => make("button", "", {
    type: "button", title: `unit ${unit + 1}`, tabIndex: -1, onclick: () => showUnit(unit),
  })));
}

function show(change) {
  const before = shown.layer;
  Object.assign(shown, change);
  const layer = data.layers[shown.layer];
  shown.unit = Math.max(0, Math.min(layer.units - 1, shown.unit));
  if (!views[shown.value] && !values(shown.value)) shown.value = layer.values[0].name;
  if (before !== shown.layer || !at("grid").children.length) fillGrid(layer.units);
  choices("values", [...Object.keys(views), ...layer.values.map((v) => v.name)], (name) => name === shown.value,
    (value) => show({ value }), (name) => (views[name] ? views[name].meaning : data.legend[name]));
  choices("layers", data.layers.map((l) => l.name), (_, k) => k === shown.layer, (_, k) => show({ layer: k }));
  at("unit").value = shown.unit + 1;
  at("unit").max = layer.units;
  [...at("notable").children].forEach((item, k) => item.firstChild.setAttribute("aria-pressed",
    ["layer", "unit", "value"].every((name) => data.notable[k][name] === shown[name])));
  paintScale();
  paintText();
  if (selected.first !== null) paintSelection();
  look();
}

// What follows the symbol that is looked at.
function look() {
  paintGrid();
  fillPanel();
}

// Chooses a symbol (null: none), and brings it into sight.
function choose(place) {
  if (chosen !== null) spans[chosen].classList.remove("here");
  chosen = place;
  if (chosen !== null) {
    spans[chosen].classList.add("here");
    spans[chosen].scrollIntoView({ block: "nearest" });
  }
  if (views[shown.value] && views[shown.value].ofChosen) paintText();
  paintCurves();
  look();
}

document.title = data.title;
at("title").textContent = data.title;
at("about").textContent = data.about;
at("note").textContent = data.note;
at("text").append(...spans);
at("legend").append(...Object.entries(data.legend).flatMap(([name, meaning]) => [make("dt", name), make("dd", meaning)]));
at("unit").addEventListener("change", () => showUnit((Number(at("unit").value) || 1) - 1));
at("notable").append(...data.notable.map((one) => {
  const button = make("button", one.r === null ? one.why : `${one.why}: ${one.r < 0 ? "lower" : "higher"}`, { type: "button" });
  const how = one.r === null ? "" : `, r ${one.r < 0 ? "−" : ""}${Math.abs(one.r).toFixed(2)}`;
  button.append(make("small", `${data.layers[one.layer].name}, unit ${one.unit + 1}${how}`));
  button.addEventListener("click", () => show({ layer: one.layer, unit: one.unit, value: one.value }));
  const item = make("li", "");
  item.append(button);
  return item;
}));
