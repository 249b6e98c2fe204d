"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const FULL = 0.85; // How much of the paper the strongest colour covers: the letters stay legible.
const NATS = 6; // The surprise that has the strongest colour.

function make(tag, text, settings = {}) {
  const element = Object.assign(document.createElement(tag), settings);
  element.textContent = text;
  return element;
}

function bytesOf(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) bytes[k] = text.charCodeAt(k);
  return bytes;
}

// The colour of page_look.css with this name, for a share from 0 to 1 (or -1) of the strongest.
function colour(kind, share) {
  return `rgb(var(--${kind}) / ${(FULL * Math.min(1, Math.abs(share))).toFixed(3)})`;
}

function percent(p) {
  return p < 0.0001 ? "<0.01%" : `${(100 * p).toFixed(p < 0.1 ? 2 : 1)}%`;
}
