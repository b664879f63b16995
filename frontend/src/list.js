// The list of topics on the left.

import { css, topicColour } from "./colours.js";
import { fold } from "./data.js";
import { byId, documents, make, number } from "./dom.js";

/** The words that the label does not hold already. */
function further(topic) {
  const label = topic.label.toLowerCase();
  return topic.words.map(([word]) => word).filter((word) => !label.includes(word.toLowerCase()));
}

const ORDERS = {
  size: (a, b) => b.size - a.size,
  name: (a, b) => a.label.localeCompare(b.label),
  map: (a, b) => a.hue - b.hue,
};

export class TopicList {
  constructor(app) {
    this.app = app;
    this.list = byId("topic-list");
    this.sort = byId("sort");
    this.sort.addEventListener("change", () => this.render());
    this.list.addEventListener("keydown", (event) => this.#move(event));
    const { topics } = app.record;
    const largest = Math.max(...topics.filter((topic) => topic.id >= 0).map((topic) => topic.size), 1);
    for (const topic of topics) topic.folded = fold([topic.label, ...topic.words.map(([word]) => word), ...Object.values(topic.aspects).flat()].join("\n"));
    this.rows = topics.map((topic) => this.#row(topic, largest));
  }

  /** The elements of a topic; they are made once and changed, since there may be thousands. */
  #row(topic, largest) {
    const { app } = this;
    const dot = make("span", { className: "dot", "aria-hidden": "true" });
    const count = make("span", { className: "count" });
    const bar = make("i");
    bar.style.width = `${Math.min((100 * topic.size) / largest, 100)}%`;
    const button = make(
      "button",
      { type: "button", className: "topic", "data-topic": String(topic.id), onclick: () => app.chooseTopic(app.filter.topic === topic.id ? null : topic.id) },
      dot,
      make("span", { className: "label" }, topic.label),
      count,
      make("span", { className: "words" }, further(topic).join(" · ")),
      make("span", { className: "extent", "aria-hidden": "true" }, bar),
    );
    return { item: make("li", {}, button), button, dot, count, bar };
  }

  #order(hits) {
    const { topics } = this.app.record;
    const by = ORDERS[this.sort.value];
    return [...topics].sort((a, b) => (a.id < 0) - (b.id < 0) || (hits ? hits[b.row] - hits[a.row] : 0) || by(a, b) || a.id - b.id);
  }

  /** Topics whose words hold all terms come first in a search, then those with the most documents found. */
  render() {
    const { app } = this;
    const { terms } = app.filter;
    const hits = app.narrowed() ? app.counts() : null;
    const named = (topic) => terms.length > 0 && terms.every((term) => topic.folded.includes(term));
    let order = this.#order(hits);
    if (terms.length) order = [...order.filter(named), ...order.filter((topic) => !named(topic))];
    for (const topic of order) {
      const { button, dot, count, bar } = this.rows[topic.row];
      dot.style.background = bar.style.background = css(topicColour(topic));
      count.textContent = hits ? `${number(hits[topic.row])} / ${number(topic.size)}` : number(topic.size);
      button.classList.toggle("none", hits !== null && !hits[topic.row] && !named(topic));
      button.setAttribute("aria-pressed", String(app.filter.topic === topic.id));
      button.setAttribute("aria-label", `${topic.label}, ${documents(topic.size)}${hits ? `, ${number(hits[topic.row])} found` : ""}`);
    }
    const signature = order.map((topic) => topic.row).join();
    if (signature === this.signature) return;
    this.signature = signature;
    const focused = this.list.contains(document.activeElement) ? document.activeElement : null;
    this.list.replaceChildren(...order.map((topic) => this.rows[topic.row].item));
    focused?.focus({ preventScroll: true });
  }

  reveal() {
    this.list.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest" });
  }

  #move(event) {
    const buttons = [...this.list.querySelectorAll(".topic")];
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[Math.min(Math.max(to, 0), buttons.length - 1)].focus();
  }
}
