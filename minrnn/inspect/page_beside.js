// A second model beside this one: where each of them predicts better.

const WIDE = 3; // The difference in nats that has the strongest colour.
const DIFFERENCES = 5; // How many places are listed for each model.

// How many nats the other model loses less at a symbol; below zero, this model is better.
function lead(place) {
  return data.surprise[place] - data.beside.surprise[place];
}

if (data.beside) {
  const [mine, other] = data.beside.names;
  views.better = {
    title: () => `where ${mine} (blue) or ${other} (orange) predicts better`,
    meaning: `better: the difference of the two losses, in nats. Blue: ${mine} gave the symbol more probability; `
      + `orange: ${other} did.`,
    ends: [`${mine} ${WIDE}`, `${other} ${WIDE}`],
    bar: [colour("minus", 1), "transparent", colour("plus", 1)],
    paint: (place) => colour(lead(place) < 0 ? "minus" : "plus", lead(place) / WIDE),
  };
  const mean = (v) => (v.reduce((a, b) => a + b, 0) / n).toFixed(3);
  const places = data.text.map((_, place) => place);
  const wins = places.filter((place) => lead(place) < 0).length;
  at("comparison").textContent = `${mine}: ${mean(data.surprise)} nats a symbol, better at ${percent(wins / n)} of the `
    + `symbols. ${other}: ${mean(data.beside.surprise)} nats.`;
  const sorted = places.sort((a, b) => lead(a) - lead(b));
  const extremes = [...sorted.slice(0, DIFFERENCES).filter((place) => lead(place) < 0),
    ...sorted.slice(-DIFFERENCES).filter((place) => lead(place) > 0).reverse()];
  at("differences").append(...extremes.map((place) => {
    const button = make("button", "", { type: "button", title: `symbol ${place + 1}` });
    const text = make("code", phrase(place - 10, place - 1)), better = lead(place) < 0 ? mine : other;
    text.append(make("b", phrase(place, place)), phrase(place + 1, place + 5));
    button.append(text, make("small", `${better} by ${Math.abs(lead(place)).toFixed(2)}`));
    button.addEventListener("click", () => choose(place));
    const item = make("li", "");
    item.append(button);
    return item;
  }));
}
at("besides").hidden = !data.beside;

// The predictions of both models, one beside the other; of one model alone where there is no other.
function predictionsHere(place) {
  const heading = data.bothSides ? "Without it: predicted from both sides" : "Before it was read: the prediction";
  const rows = [make("h3", heading)];
  if (!data.beside) return [...rows, ...predictionRows(place, data)];
  const pair = make("div", "", { className: "pair" });
  const best = lead(place) < 0 ? 0 : 1;
  pair.append(...[data, data.beside].map((model, k) => {
    const column = make("div", "", { className: k === best ? "better" : "" });
    column.append(make("h4", data.beside.names[k]), ...predictionRows(place, model));
    return column;
  }));
  return [...rows, pair];
}
