// What a person sets: the inputs of the form as numbers.

const SPEEDS = [3, 10, 30, 100, 300, 1e9]; // symbols a second

// The number in an input, within its limits; `otherwise` if there is none.
function number(id, otherwise) {
  const input = at(id);
  if (input.value === "" || !Number.isFinite(Number(input.value))) return otherwise;
  return min(Number(input.max || 2 ** 32 - 1), max(Number(input.min), Number(input.value)));
}

function choice() {
  return {
    temperature: number("temperature", 1),
    topK: Math.round(number("topK", 0)),
    topP: number("topP", 1),
    greedy: at("greedy").checked,
  };
}

function speed() {
  return SPEEDS[number("speed", 2)];
}

function tellSettings() {
  const told = {
    temperature: number("temperature", 1).toFixed(2),
    topP: number("topP", 1).toFixed(2),
    speed: speed() === SPEEDS.at(-1) ? "as fast as possible" : `${speed()} a second`,
  };
  for (const [id, value] of Object.entries(told)) {
    at(`${id}-told`).textContent = value;
    at(id).setAttribute("aria-valuetext", value);
  }
  for (const id of ["temperature", "topP", "topK"]) at(id).disabled = at("greedy").checked;
}
