// What is shown of the current step: the equation, its summands, its lines of code.

function showWhere(current) {
  at("where").textContent = `step ${now} of ${data.steps.length}`;
  if (!current) return;
  const when = current.t === null ? "sums over t" : `t = ${current.t}`;
  at("where").append(" · ", make("b", current.b ? "backward" : "forward", { className: current.b ? "backward" : "forward" }), ` · ${when}`);
}

function showNow(current) {
  const box = at("now");
  box.className = current && current.b ? "backward" : "forward";
  box.replaceChildren(make("h2", "now"));
  if (!current) {
    box.append(make("p", "Press → or space: every press computes one equation."));
    return;
  }
  const equation = data.equations[current.e];
  const of = current.s ? `, ${current.s}` : "";
  box.replaceChildren(make("h2", `${current.b ? "backward" : "forward"} (${equation.n})${current.t === null ? "" : `, t = ${current.t}`}${of}`));
  const formula = make("p", "", { id: "formula" });
  formula.append(typeset(equation.text));
  box.append(formula, make("p", equation.text, { id: "ascii" }));
  const table = make("table", "", { id: "sum" });
  const kind = current.b ? "d" : "v";
  const row = (sign, text, array, name, colour, hint = "") => {
    const line = make("tr", "", { className: name }), cell = make("td", "", { className: colour });
    const v = data.arrays[array], columns = (Array.isArray(v[0]) ? v[0] : v).length;
    cell.append(...numbers(v, columns > 4 ? 3 : 4));
    line.append(make("th", sign, { className: "sign" }), make("th", text), cell, make("td", hint, { className: "hint" }));
    table.append(line);
  };
  current.terms.forEach(([text, array, parts], k) => {
    row(k ? "+" : "", text.replace(/^- ?/, "−"), array, "term", kind, hintFor(current, text, k));
    for (const [name, part] of parts) {
      const size = [data.arrays[part]].flat(2).length;
      if (size <= 40) row("", name, part, "part", "");
    }
  });
  row("=", current.k, current.v, "total", kind);
  const scroll = make("div", "", { className: "scroll" });
  scroll.append(table);
  box.append(scroll);
}

// Where a summand comes from, if it is not of this step.
function hintFor({ k: key, s: strip, t }, text, index) {
  if (text === key && index === 0) return "so far";
  const { back } = data.strips.find(({ name }) => name === strip);
  if (/^d\w+_next$/.test(text)) return (back === 1 ? t === data.T - 1 : t === 0) ? "from beyond the end" : `from step ${t + back}`;
  return text.startsWith("dh_above") ? "from the output" : "";
}

function showEquation(current) {
  for (const button of document.querySelectorAll("#equations button")) {
    const is = current && button.id === `equation${current.e}`;
    if (is) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
    if (is) {
      const list = at("equations"), top = button.offsetTop - list.offsetTop;
      if (top < list.scrollTop + 30 || top > list.scrollTop + list.clientHeight - 60) list.scrollTop = top - list.clientHeight / 3;
    }
  }
}

function showCode(current) {
  const box = at("code");
  box.replaceChildren();
  if (!current) return;
  const { code, file, n } = data.equations[current.e];
  // Lines that assign this very value, if there are any; else those with the number.
  const own = new RegExp(`^\\s*${current.k.replace(/\W.*/, "")}(_n)?(\\[.*?\\])? [+*]?= `);
  const exact = code.some(([, lines]) => lines.some(([, line]) => own.test(line)));
  for (const [name, lines] of code) {
    box.append(make("h2", `code: ${name}`));
    const pre = make("pre", "", { className: current.b ? "backward" : "forward" });
    const indent = Math.min(...lines.map(([, line]) => line.search(/\S/)));
    for (const [k, line, marked] of lines) {
      const shown = make("span", "", { className: (exact ? own.test(line) : marked) ? "line mark" : "line" });
      shown.append(make("span", `${String(k).padStart(4)}  `, { className: "no" }), line.slice(indent));
      pre.append(shown);
    }
    box.append(pre);
  }
  if (!code.length) box.append(make("h2", "code"), make("p", `No line of ${file} carries # (${n}).`, { className: "note" }));
}
