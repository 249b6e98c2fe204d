const bytes = bytesOf(data.bytes);
const n = data.text.length;
const shown = { layer: data.start.layer, unit: data.start.unit, value: data.start.value };
let here = null;

function values(name) {
  return data.layers[shown.layer].values.find((v) => v.name === name);
}

// The value of a byte: of a gate from 0 to 1, of anything else from minus to plus the largest of its unit.
function activation(v, unit, place) {
  const byte = bytes[v.at + unit * n + place];
  return v.scale ? ((byte - 128) / 127) * v.scale[unit] : byte / 255;
}

function colourOf(v, unit, place) {
  const a = activation(v, unit, place);
  return v.scale ? colour(a < 0 ? "minus" : "plus", v.scale[unit] ? a / v.scale[unit] : 0) : colour("gate", a);
}

const spans = data.text.map((k, place) => {
  const span = make("span", data.alphabet[k]);
  if (data.signs.includes(k)) span.className = "sign";
  span.dataset.place = place;
  return span;
});

function paintText() {
  const v = values(shown.value);
  spans.forEach((span, place) => {
    span.style.backgroundColor = v
      ? colourOf(v, shown.unit, place)
      : colour("surprise", data.surprise[place] / NATS);
  });
}

// All units of the layer at the symbol under the pointer; without one, how much each unit varies over the text.
function paintGrid() {
  const layer = data.layers[shown.layer];
  const v = values(shown.value) || layer.values[0];
  [...at("grid").children].forEach((button, unit) => {
    button.style.backgroundColor = here === null ? colour("plus", layer.spread[unit]) : colourOf(v, unit, here);
    button.setAttribute("aria-pressed", unit === shown.unit);
  });
  at("gridnote").textContent = here === null
    ? `Colour: how much the ${layer.values[0].name} of a unit varies. Point at a symbol to see every unit there.`
    : `Colour: ${v.name} of every unit at the symbol under the pointer.`;
}

function choices(id, names, isOn, choose) {
  at(id).replaceChildren(...names.map((name, k) => {
    const button = make("button", name, { type: "button", onclick: () => choose(name, k) });
    button.setAttribute("aria-pressed", isOn(name, k));
    return button;
  }));
}

function show(change) {
  const before = shown.layer;
  Object.assign(shown, change);
  const layer = data.layers[shown.layer];
  shown.unit = Math.max(0, Math.min(layer.units - 1, shown.unit));
  if (shown.value !== "surprise" && !values(shown.value)) shown.value = layer.values[0].name;
  if (before !== shown.layer || !at("grid").children.length) {
    at("grid").replaceChildren(...Array.from({ length: layer.units }, (_, unit) => make("button", "", {
      type: "button", title: `unit ${unit + 1}`,
      onclick: () => show({ unit, value: shown.value === "surprise" ? layer.values[0].name : shown.value }),
    })));
  }
  choices("values", ["surprise", ...layer.values.map((v) => v.name)], (name) => name === shown.value,
    (value) => show({ value }));
  choices("layers", data.layers.map((l) => l.name), (_, k) => k === shown.layer, (_, k) => show({ layer: k }));
  at("unit").value = shown.unit + 1;
  at("unit").max = layer.units;
  const v = values(shown.value);
  at("now").textContent = v ? `${layer.name}, unit ${shown.unit + 1}: ${shown.value}` : "surprise, in nats a symbol";
  const most = v && v.scale ? v.scale[shown.unit].toPrecision(3) : null;
  at("low").textContent = most ? `−${most}` : "0";
  at("high").textContent = most ? most : v ? "1" : `${NATS} nats`;
  at("bar").style.background = `linear-gradient(to right, ${
    most ? `${colour("minus", 1)}, transparent, ${colour("plus", 1)}`
      : `transparent, ${colour(v ? "gate" : "surprise", 1)}`})`;
  [...at("notable").children].forEach((item, k) => item.firstChild.setAttribute("aria-pressed",
    ["layer", "unit", "value"].every((name) => data.notable[k][name] === shown[name])));
  paintText();
  paintGrid();
}

function tell(place, box) {
  const tip = at("tip");
  const guesses = data.top[place].map(([k, p]) => {
    const row = make("div", "", { className: k === data.text[place] ? "guess right" : "guess" });
    const bar = make("i", "");
    bar.style.width = `${100 * p}%`;
    row.append(make("code", data.alphabet[k].trim() || "␣"), make("span", ""), make("span", percent(p)));
    row.children[1].append(bar);
    return row;
  });
  const head = make("div", "", { className: "head" });
  head.append(make("code", data.alphabet[data.text[place]].trim() || "␣"),
    ` probability ${percent(data.p[place])}, ${data.surprise[place].toFixed(2)} nats`);
  const v = values(shown.value) || data.layers[shown.layer].values[0];
  const unit = make("div", `${data.layers[shown.layer].name}, unit ${shown.unit + 1}: ${v.name} = ${
    activation(v, shown.unit, place).toPrecision(3)}`, { className: "head" });
  tip.replaceChildren(head, unit, make("h2", "expected here"), ...guesses);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(box.left + 12, innerWidth - width - 8))}px`;
  tip.style.top = `${box.bottom + 8 + height > innerHeight ? Math.max(8, box.top - height - 8) : box.bottom + 8}px`;
}

function point(event) {
  const place = event.target.dataset && event.target.dataset.place;
  here = place === undefined ? null : Number(place);
  if (here === null) at("tip").hidden = true;
  else tell(here, event.target.getClientRects()[0]);
  paintGrid();
}

document.title = data.title;
at("title").textContent = data.title;
at("about").textContent = data.about;
at("note").textContent = data.note;
at("text").append(...spans);
at("text").addEventListener("pointerover", point);
at("text").addEventListener("pointerleave", point);
at("unit").addEventListener("change", () => {
  const value = shown.value === "surprise" ? data.layers[shown.layer].values[0].name : shown.value;
  show({ unit: (Number(at("unit").value) || 1) - 1, value });
});
at("notable").append(...data.notable.map((one) => {
  const button = make("button", one.why, { type: "button" });
  const how = one.r === null ? "" : `, r ${one.r < 0 ? "−" : ""}${Math.abs(one.r).toFixed(2)}`;
  button.append(make("small", `${data.layers[one.layer].name}, unit ${one.unit + 1}${how}`));
  button.addEventListener("click", () => show(one));
  const item = make("li", "");
  item.append(button);
  return item;
}));
show({});
