// The panel at a symbol: the prediction, made before the symbol was read, and the unit, as it was after that.

function sign(k) {
  return data.alphabet[k].trim() || "␣";
}

function number(v) {
  return v.toPrecision(3).replace("-", "−");
}

// The likeliest symbols [[k, p], ...] as rows with bars; the right one stands out.
function guessRows(guesses, right) {
  return guesses.map(([k, p]) => {
    const row = make("div", "", { className: k === right ? "guess right" : "guess" });
    const bar = make("i", ""), cell = make("span", "");
    bar.style.width = `${100 * p}%`;
    cell.append(bar);
    row.append(make("code", sign(k)), cell, make("span", percent(p)));
    return row;
  });
}

// The probability and the surprise of the symbol by a model, and what was likelier.
function predictionRows(place, { p, surprise, top }) {
  const told = `probability ${percent(p[place])}, ${surprise[place].toFixed(2)} nats`;
  return [make("p", told), ...guessRows(top[place], data.text[place])];
}

function unitRows(place) {
  const layer = data.layers[shown.layer], shownName = unitValue().name;
  const side = !data.bothSides ? "" : layer.name.startsWith("backward") ? " from the right" : " from the left";
  const all = make("p", "", { className: "valuesHere" });
  all.append(...layer.values.map((v) => {
    const one = make(v.name === shownName ? "b" : "span", `${v.name} = ${number(activation(v, shown.unit, place))}`);
    return one;
  }));
  return [make("h3", `After it was read${side}: ${layer.name}, unit ${shown.unit + 1}`), all];
}

function fillPanel() {
  const place = pointed ?? chosen;
  if (place === null) {
    at("panel").replaceChildren(make("h2", "At a symbol"),
      make("p", "Point at a symbol, click or tap it, or press → to see what was expected there and what the units did."));
    return;
  }
  const head = make("h2", `Symbol ${place + 1} of ${n}`);
  const symbol = make("p", "", { className: "symbol" });
  symbol.append(make("code", sign(data.text[place])), ` ${pointed === null ? "is chosen" : "is under the pointer"}`);
  at("panel").replaceChildren(head, symbol, ...predictionsHere(place), ...unitRows(place),
    ...matteredRows(place));
}
