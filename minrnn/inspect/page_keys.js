// Keys, and the pointer over the text.

const keys = new Map(); // {key: what it does}
const help = []; // [[keys to show, what they do], ...]

// Gives an action the first of these letters that no other has, and a place in the help line.
function bind(letters, what, act) {
  const key = [...letters].find((letter) => !keys.has(letter));
  if (key === undefined) return;
  keys.set(key, act);
  help.push([key, what]);
}

function move(steps) {
  choose(chosen === null ? (steps > 0 ? 0 : n - 1) : Math.max(0, Math.min(n - 1, chosen + steps)));
}

function turn(steps) {
  const layers = data.layers.length;
  show({ layer: (shown.layer + steps + layers) % layers });
}

const names = [...new Set(data.layers.flatMap((layer) => layer.values.map((v) => v.name)))];
names.filter((name) => name.length === 1).forEach((name) => keys.set(name, () => show({ value: name })));
help.push(["← →", "symbol"], ["↑ ↓", "unit"], ["[ ]", "layer"], [names.filter((name) => keys.has(name)).join(" "), "value"]);
keys.set("ArrowRight", () => move(1)).set("ArrowLeft", () => move(-1));
keys.set("ArrowDown", () => showUnit(shown.unit + 1)).set("ArrowUp", () => showUnit(shown.unit - 1));
keys.set("Home", () => choose(0)).set("End", () => choose(n - 1));
keys.set("[", () => turn(-1)).set("]", () => turn(1));
keys.set("Shift+ArrowRight", () => extend(1)).set("Shift+ArrowLeft", () => extend(-1));
keys.set("Escape", () => { select(null, null); choose(null); });
Object.keys(views).forEach((name) => bind(`${name[0]}${name[0].toUpperCase()}`, name, () => show({ value: name })));
bind("aA", "curve of the unit", toggleCurve);
help.push(["⇧→", "select"], ["Esc", "let go"]);

at("keys").append("Keys: ", ...help.flatMap(([key, what], k) => [
  k ? ", " : "", ...key.split(" ").map((one) => make("kbd", one)), ` ${what}`]));

document.addEventListener("keydown", (event) => {
  const act = keys.get(event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key);
  if (!act || event.ctrlKey || event.altKey || event.metaKey || event.target.tagName === "INPUT") return;
  event.preventDefault();
  act();
});

function placeOf(node) {
  const element = node && (node.nodeType === Node.TEXT_NODE ? node.parentElement : node);
  return element && element.dataset && element.dataset.place !== undefined ? Number(element.dataset.place) : null;
}

at("text").addEventListener("pointerover", (event) => { pointed = placeOf(event.target); look(); });
at("text").addEventListener("pointerleave", () => { pointed = null; look(); });
at("text").addEventListener("click", (event) => {
  const place = placeOf(event.target);
  if (place !== null) choose(place);
});
