// From step to step: keys, buttons, fingers.

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
