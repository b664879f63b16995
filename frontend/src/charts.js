// Small charts of buttons: each bar says what it is and filters when pressed.

import { make, number, percent } from "./dom.js";

/** Bars over time. `counts` of each bin, `whole` documents of each bin, `asShare`: heights are shares of the bin. */
export function timeBars({ labels, counts, whole, colour, asShare, chosen, onchoose, unit }) {
  const heights = counts.map((count, i) => (asShare ? (whole[i] ? count / whole[i] : 0) : count));
  const highest = Math.max(...heights, 1e-9);
  const bars = labels.map((label, i) => {
    const text = `${label}: ${number(counts[i])} ${unit}${asShare ? ` (${percent(counts[i], whole[i])} of ${number(whole[i])})` : ""}`;
    const bar = make("i");
    bar.style.height = `${(100 * heights[i]) / highest}%`;
    if (colour) bar.style.background = colour;
    return make(
      "button",
      {
        type: "button",
        title: text,
        "aria-label": text,
        "aria-pressed": String(chosen === i),
        className: chosen === i ? "on" : "",
        tabIndex: i === (chosen ?? 0) ? 0 : -1,
        onclick: () => onchoose(chosen === i ? null : i),
      },
      bar,
    );
  });
  const chart = make("div", { className: chosen === null ? "times" : "times some", role: "group", "aria-label": "Documents over time; arrow keys move, Enter filters" }, bars);
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const at = bars.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    bars[Math.min(Math.max(at + step, 0), bars.length - 1)].focus();
  });
  return make("div", {}, chart, make("div", { className: "axis" }, make("span", {}, labels[0]), labels.length > 1 && make("span", {}, labels[labels.length - 1])));
}

/** Rows with a name, a bar and a value; `onclick` of a row makes its name a button. */
export function rows(items) {
  const highest = Math.max(...items.map((item) => item.extent), 1e-9);
  return make(
    "ul",
    { className: "rows" },
    items.map(({ name, extent, value, colour, on, onclick }) => {
      const bar = make("i");
      bar.style.width = `${Math.max((100 * extent) / highest, extent > 0 ? 1.5 : 0)}%`;
      if (colour) bar.style.background = colour;
      const key = onclick
        ? make("button", { type: "button", className: on ? "key on" : "key", title: name, "aria-pressed": String(Boolean(on)), onclick }, name)
        : make("span", { className: "key", title: name }, name);
      return make("li", {}, key, make("span", { className: "track", "aria-hidden": "true" }, bar), make("span", { className: "value" }, value));
    }),
  );
}
