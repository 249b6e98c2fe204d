// Curves of chosen units over the text around the chosen symbol, one symbol below the other's value.

const CELL = 9; // The width of a symbol, and the height of the band of its letters, in pixels.
const HEIGHT = 110;
const COLOURS = 6; // --curve0 to --curve5 of page.css
const SVG = "http://www.w3.org/2000/svg";
const curves = []; // [{layer, unit, name, colour}, ...]

function draw(tag, settings, text = "") {
  const element = document.createElementNS(SVG, tag);
  Object.entries(settings).forEach(([name, value]) => element.setAttribute(name, value));
  element.textContent = text;
  return element;
}

// Adds the curve of the shown unit, or takes it away.
function toggleCurve() {
  const one = { layer: shown.layer, unit: shown.unit, name: unitValue().name };
  const k = curves.findIndex((c) => c.layer === one.layer && c.unit === one.unit && c.name === one.name);
  if (k >= 0) curves.splice(k, 1);
  else {
    const used = curves.map((c) => c.colour);
    const free = Array.from({ length: COLOURS }, (_, colour) => colour).find((colour) => !used.includes(colour));
    if (free === undefined) curves.shift();
    curves.push({ ...one, colour: free ?? used[0] });
  }
  paintCurves();
}

// The first symbol of the window: the chosen one is in the middle, where the text has enough on both sides.
function firstShown(width) {
  return Math.max(0, Math.min(n - width, (chosen ?? 0) - Math.floor(width / 2)));
}

function paintCurves() {
  at("curves").hidden = !curves.length;
  if (!curves.length) return;
  const width = Math.min(n, Math.max(10, Math.floor(at("curves").clientWidth / CELL)));
  const first = firstShown(width);
  const y = (part) => (HEIGHT / 2) * (1 - part) + 1;
  const x = (place) => (place - first + 0.5) * CELL;
  const picture = draw("svg", { viewBox: `0 0 ${width * CELL} ${HEIGHT + 16}`, width: width * CELL, role: "img",
    "aria-label": `curves of ${curves.length} units from symbol ${first + 1} to ${first + width}` });
  picture.append(draw("line", { x1: 0, x2: width * CELL, y1: y(0), y2: y(0), class: "zero" }));
  if (chosen !== null) picture.append(draw("rect", { x: x(chosen) - CELL / 2, y: 0, width: CELL, height: HEIGHT + 16, class: "cursor" }));
  curves.forEach((c) => {
    const v = data.layers[c.layer].values.find((value) => value.name === c.name);
    const points = Array.from({ length: width }, (_, k) => `${x(first + k)},${y(share(v, c.unit, first + k)).toFixed(1)}`);
    picture.append(draw("polyline", { points: points.join(" "), style: `stroke: var(--curve${c.colour})` }));
  });
  for (let place = first; place < first + width; place++) {
    picture.append(draw("text", { x: x(place), y: HEIGHT + 13 }, sign(data.text[place]).slice(0, 1)));
  }
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    choose(Math.max(0, Math.min(n - 1, first + Math.floor(((event.clientX - box.left) / box.width) * width))));
  });
  at("curvePicture").replaceChildren(picture);
  at("curveNames").replaceChildren(...curves.map((c) => {
    const v = data.layers[c.layer].values.find((value) => value.name === c.name);
    const button = make("button", `${data.layers[c.layer].name}, unit ${c.unit + 1}: ${c.name} `, { type: "button",
      title: "take this curve away" });
    button.append(make("small", v.scale ? `±${v.scale[c.unit].toPrecision(2)}` : "0 to 1"), " ×");
    button.style.borderColor = `var(--curve${c.colour})`;
    button.addEventListener("click", () => { curves.splice(curves.indexOf(c), 1); paintCurves(); });
    return button;
  }));
}

at("addCurve").addEventListener("click", toggleCurve);
addEventListener("resize", paintCurves);
