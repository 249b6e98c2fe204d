// How much each symbol mattered for the prediction of the chosen one: the norm of the gradient by its input vector.

// The norm for the symbol at `place`, as a share of the largest of this prediction; null out of reach.
function mattered(place) {
  const { at: starts, reach } = data.matters;
  const lag = Math.abs(chosen - place);
  const start = starts[place < chosen ? 0 : 1]; // Only a bidirectional model has seen what follows.
  if (!lag || lag > reach || start === undefined) return null;
  return (bytes[start + chosen * reach + lag - 1] / 255) ** 2;
}

if (data.matters) {
  const { reach } = data.matters;
  const where = data.bothSides ? `${reach} symbols on either side of it` : `${reach} symbols before it`;
  views.matters = {
    ofChosen: true,
    title: () => (chosen === null ? "what mattered: choose a symbol"
      : `what mattered for the prediction of ${sign(data.text[chosen])} (symbol ${chosen + 1})`),
    meaning: `matters: how steeply the loss of predicting the chosen symbol changes where the input vector of another is `
      + `nudged, the norm of dL/dx; for the ${where}. It does not say what another symbol in that place would do, nor `
      + `whether the symbol helped: units at the end of their range hide what moved them there.`,
    ends: ["0", "largest"],
    bar: ["transparent", colour("gate", 1)],
    paint: (place) => (chosen === null ? "transparent" : colour("gate", mattered(place) ?? 0)),
  };
}

function matteredRows(place) {
  const share = data.matters && chosen !== null && place !== chosen ? mattered(place) : null;
  if (share === null) return [];
  const norm = share * data.matters.most[chosen];
  return [make("h3", `For the prediction of ${sign(data.text[chosen])} (symbol ${chosen + 1})`),
    make("p", `it mattered ${percent(share)} of the largest: norm of dL/dx = ${number(norm)}`)];
}
