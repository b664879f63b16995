// Elements are made, never parsed: every text goes in as text.

export const byId = (id) => document.getElementById(id);

/** An element with properties (`on…` are listeners, `aria-…` and `data-…` attributes) and children; falsy children are left out. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.includes("-") || key === "role") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const number = (value) => value.toLocaleString("en");

export const percent = (part, whole) => {
  const share = whole ? (100 * part) / whole : 0;
  return `${share > 0 && share < 10 ? share.toFixed(1) : Math.round(share)} %`;
};

export const documents = (n) => `${number(n)} ${n === 1 ? "document" : "documents"}`;

/** A text with the words of the search marked. */
export function marked(text, terms) {
  if (!terms.length) return [text];
  const folded = text.toLowerCase();
  if (folded.length !== text.length) return [text]; // a letter changed its length: offsets would be wrong
  const spans = [];
  for (const term of terms) {
    for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length)) spans.push([at, at + term.length]);
  }
  spans.sort((a, b) => a[0] - b[0]);
  const parts = [];
  let end = 0;
  for (const [from, to] of spans) {
    if (from < end) continue;
    parts.push(text.slice(end, from), make("mark", {}, text.slice(from, to)));
    end = to;
  }
  return [...parts, text.slice(end)];
}
