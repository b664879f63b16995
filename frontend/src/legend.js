// What the colours mean, where they do not mean topics.

import { classColour, css, rampColour } from "./colours.js";
import { byId, make, number } from "./dom.js";

const CLASSES = 7; // the bars of the panel show the colours of the others
const STEPS = 24;

export function legend(app) {
  const { record } = app;
  const box = byId("legend");
  box.hidden = app.colourBy === "topic";
  if (app.colourBy === "time") box.replaceChildren(...ramp(record.binLabels, app.ranks()));
  else if (app.colourBy === "class") {
    const entries = record.classNames.slice(0, CLASSES).map((name, code) => make("li", {}, dot(classColour(code)), name));
    const rest = record.classNames.length - CLASSES;
    if (rest > 0) entries.push(make("li", {}, `and ${number(rest)} more`));
    box.replaceChildren(make("ul", {}, entries));
  }
}

function ramp(labels, ranks) {
  const steps = Array.from({ length: STEPS }, (_, i) => {
    const step = make("i");
    step.style.background = css(rampColour(i / (STEPS - 1)));
    return step;
  });
  const middle = labels[Math.max(ranks.findLastIndex((rank) => rank <= 0.5), 0)];
  const ends = [...new Set([labels[0], middle, labels.at(-1)])].map((label) => make("span", {}, label));
  return [make("div", { className: "ramp" }, steps), make("div", { className: "ends" }, ends)];
}

/** A round mark in a colour. */
export function dot(colour) {
  const element = make("span", { className: "dot", "aria-hidden": "true" });
  element.style.background = css(colour);
  return element;
}
