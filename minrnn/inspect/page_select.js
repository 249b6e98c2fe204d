// A selected phrase: which units are on all through it, and where else in the text the same units are on.

const MATCHES = 10;
const selected = { first: null, last: null, on: [] }; // on: [[unit, 1 or -1], ...]

// How many symbols in a row, up to and with each, a unit is on with this sign: at or beyond the threshold.
function runs(v, unit, turn, threshold) {
  const lengths = new Uint16Array(n);
  for (let place = 0; place < n; place++) {
    const isOn = turn * share(v, unit, place) >= threshold;
    lengths[place] = isOn ? Math.min(65535, (place ? lengths[place - 1] : 0) + 1) : 0;
  }
  return lengths;
}

// Places of the same length as the selection: most of its units on first; of equals, those with fewest others on.
function matches(v, threshold) {
  const { first, last } = selected, length = last - first + 1;
  const same = new Uint16Array(n), others = new Uint16Array(n);
  selected.on = [];
  for (let unit = 0; unit < data.layers[shown.layer].units; unit++) {
    for (const turn of v.scale ? [1, -1] : [1]) {
      const run = runs(v, unit, turn, threshold);
      const isOn = run[last] >= length;
      if (isOn) selected.on.push([unit, turn]);
      for (let end = length - 1; end < n; end++) if (run[end] >= length) (isOn ? same : others)[end]++;
    }
  }
  const ends = Array.from({ length: n }, (_, end) => end).filter((end) => same[end]);
  ends.sort((a, b) => same[b] - same[a] || others[a] - others[b] || a - b);
  const taken = [last]; // No two places may overlap.
  for (const end of ends) {
    if (taken.length > MATCHES) break;
    if (taken.every((other) => Math.abs(end - other) >= length)) taken.push(end);
  }
  return taken.slice(1).map((end) => ({ first: end - length + 1, last: end, same: same[end], others: others[end] }));
}

function phrase(first, last) {
  return data.text.slice(Math.max(0, first), last + 1).map((k) => data.alphabet[k].replace("\n", "")).join("");
}

function matchButton({ first, last, same, others }) {
  const button = make("button", "", { type: "button", title: `symbols ${first + 1} to ${last + 1}` });
  const text = make("code", phrase(first - 8, first - 1));
  text.append(make("b", phrase(first, last)), phrase(last + 1, last + 8));
  button.append(text, make("small", `${same} of ${selected.on.length}, ${others} others`));
  button.addEventListener("click", () => {
    spans.forEach((span, place) => span.classList.toggle("match", place >= first && place <= last));
    choose(first);
  });
  const item = make("li", "");
  item.append(button);
  return item;
}

function paintSelection() {
  const { first, last } = selected, none = first === null;
  spans.forEach((span, place) => {
    span.classList.toggle("selected", !none && place >= first && place <= last);
    span.classList.remove("match");
  });
  at("selection").hidden = none;
  selected.on = [];
  if (!none) {
    const layer = data.layers[shown.layer], v = unitValue(), threshold = Number(at("threshold").value);
    const found = matches(v, threshold);
    at("thresholdValue").textContent = threshold.toFixed(2);
    at("phrase").textContent = phrase(first, last);
    const units = selected.on.map(([unit, turn]) => `${turn < 0 ? "−" : ""}${unit + 1}`).join(" ");
    at("on").textContent = selected.on.length
      ? `On all through it: ${selected.on.length} of the ${layer.units} units of ${layer.name}, by ${v.name}: ${units}`
      : `No unit of ${layer.name} is on all through it, by ${v.name}. Try a shorter phrase or a lower threshold.`;
    at("matches").replaceChildren(...found.map(matchButton));
  }
  const on = new Set(selected.on.map(([unit]) => unit));
  [...at("grid").children].forEach((button, unit) => button.classList.toggle("on", on.has(unit)));
}

function select(first, last) {
  Object.assign(selected, { first, last });
  paintSelection();
}

// Shift and an arrow: from the chosen symbol on.
let anchor = null;
function extend(steps) {
  if (chosen === null) return move(steps);
  anchor = selected.first === null || anchor === null ? chosen : anchor;
  choose(Math.max(0, Math.min(n - 1, chosen + steps)));
  select(Math.min(anchor, chosen), Math.max(anchor, chosen));
}

// What is selected as in any text, by the mouse or by a long touch.
let waiting = null;
document.addEventListener("selectionchange", () => {
  clearTimeout(waiting);
  waiting = setTimeout(takeSelection, 100); // While the mouse moves, it changes all the time.
});

function takeSelection() {
  const range = getSelection();
  if (range.isCollapsed || !range.rangeCount) return;
  const { startContainer, startOffset, endContainer, endOffset } = range.getRangeAt(0);
  let first = placeOf(startContainer), last = placeOf(endContainer);
  if (first === null || last === null) return;
  if (startOffset && startOffset >= startContainer.textContent.length) first++;
  if (!endOffset) last--;
  if (first <= last) select(first, last);
}
at("threshold").addEventListener("input", paintSelection);
