// The page: what a person sets, presses and points at.

const SLICE = 30; // milliseconds of writing between two pictures, at most: so the page stays alive
const MOST = 20000; // symbols of a text: a browser is slow to show more

const vocabulary = new Vocabulary(data.vocabulary);
const model = new Model(data.config, unpacked(bytesOf(data.weights), data.shapes, data.bits));
const text = new TextView(at("text"), vocabulary);
const next = new NextView(at("next"), vocabulary, goOnWith);
const units = new UnitsView(at("units"), model);

let writer = null;
let prompt = 0; // how many of the writer's first symbols were given
let here = 0; // the place of the symbol whose successors the bars show
let seed = 0;
let chance = null; // the random numbers of this seed
let run = null; // while it writes: {start, end, time, seen, due, frame}

// Writing.

// Begins a new text, or says what is wrong with the prompt.
function begin() {
  stop();
  const { ids, unknown } = vocabulary.encode(at("prompt").value);
  const instead = vocabulary.index.has(UNKNOWN) ? `the model reads ${UNKNOWN} instead` : "leave it out";
  at("error").textContent = unknown.length
    ? `${unknown.slice(0, 9).map(quoted).join(", ")}: not among the ${model.config.V} symbols that this model knows; ${
      instead}`
    : "";
  if (ids.includes(undefined)) return at("prompt").focus();
  start(ids);
  go();
}

// Begins a text with these symbols, which may be none.
function start(ids) {
  text.cut(0);
  // Without a prompt, the model first reads what opens a text: a line end, which is not shown.
  writer = new Writer(model, ids.length ? ids : [vocabulary.opening], ids.length ? 0 : 1);
  prompt = writer.length;
  seed = Math.round(number("seed", Math.random() * 1e6));
  chance = random(seed);
  show(writer.length - 1);
}

function quoted(symbol) {
  const code = `U+${symbol.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  return /[\p{C}\p{Z}\p{M}]/u.test(symbol) ? code : `“${symbol}”`;
}

// Writes `length` symbols more.
function go() {
  const start = writer.length, time = performance.now();
  run = { start, end: min(MOST, start + Math.round(number("length", 800))), time, seen: time, due: 1 };
  showButtons();
  run.frame = requestAnimationFrame(slice);
}

// Writes what is due, for SLICE milliseconds at most, and shows it.
function slice() {
  const settings = choice(), now = performance.now();
  // A page that was hidden for an hour need not make up for it.
  run.due = min(run.due + (speed() * (now - run.seen)) / 1000, 1 + speed() / 4);
  run.seen = now;
  for (; run.due >= 1 && writer.length < run.end && performance.now() < now + SLICE; run.due--) {
    writer.write(settings, chance());
  }
  show(writer.length - 1);
  if (writer.length < run.end) run.frame = requestAnimationFrame(slice);
  else stop();
}

function stop() {
  if (!run) return;
  cancelAnimationFrame(run.frame);
  const count = writer.length - run.start, seconds = (performance.now() - run.time) / 1000;
  const how = choice().greedy ? "" : `, seed ${seed}`;
  at("status").textContent = `${count} symbols, ${Math.round(count / seconds)} a second${how}`;
  run = null;
  showButtons();
}

// Goes on from `here` with symbol k. What followed is forgotten.
function goOnWith(k) {
  stop();
  writer.cut(here);
  text.cut(here + 1 - writer.hidden);
  prompt = min(prompt, writer.length);
  writer.read(k);
  go();
}

// Showing.

// Shows the text, and what follows the symbol at this place.
function show(place) {
  here = place;
  text.update(writer, prompt);
  text.mark(here - writer.hidden);
  showNext();
  units.update();
}

function showNext() {
  next.update(model.logits, choice(), writer.symbols[here + 1]);
  const nats = writer.surprises[here];
  const chances = nats === null ? "" : `, itself ${percent(exp(-nats))} likely (${nats.toFixed(2)} nats)`;
  if (here < writer.hidden) at("here").textContent = "at the beginning";
  else at("here").replaceChildren("after ", make("code", vocabulary.short(writer.symbols[here])), chances);
}

function showButtons() {
  at("stop").textContent = run ? "Stop" : "Continue";
  at("stop").disabled = !run && writer.length >= MOST;
  if (run) at("status").textContent = "writing";
  // While it writes, a screen reader would have no end of news.
  at("here").setAttribute("aria-live", run ? "off" : "polite");
}

// Stops, and looks at another place of the text.
function look(place) {
  stop();
  here = max(0, min(writer.length - 1, place));
  writer.goTo(here);
  show(here);
  text.reveal(here - writer.hidden);
}

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});
at("prompt").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) begin();
});
at("stop").addEventListener("click", () => {
  if (run) return stop();
  look(writer.length - 1);
  go();
});
at("text").addEventListener("click", (event) => {
  if (event.target.dataset.place) look(Number(event.target.dataset.place));
});
at("text").addEventListener("keydown", (event) => {
  const places = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: Infinity };
  const rank = Number(event.key) - 1;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in places) look(places[event.key]);
  else if (next.rows[rank]) next.rows[rank].click();
  else return;
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stop();
});
at("settings").addEventListener("input", () => {
  tellSettings();
  if (!run) showNext();
});
at("units").addEventListener("pointermove", (event) => (at("unit").textContent = units.told(event)));
at("units").addEventListener("pointerleave", () => (at("unit").textContent = ""));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => units.update());

document.title = at("title").textContent = data.title;
at("about").textContent = data.about;
at("most").textContent = `${NATS} nats`;
at("bar").style.background = `linear-gradient(to right, transparent, ${colour("surprise", 1)})`;
at("more").open = innerWidth > 700;
start([]);
tellSettings();
showButtons();
