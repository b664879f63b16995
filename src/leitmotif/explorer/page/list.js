// The list of topics on the left.

import { css, topicColour } from "./colours.js";
import { byId, documents, make, number } from "./dom.js";
import { fold } from "./data.js";

/** The words that the label does not hold already. */
function further(topic) {
  const label = topic.label.toLowerCase();
  return topic.words.map(([word]) => word).filter((word) => !label.includes(word.toLowerCase()));
}

export class TopicList {
  constructor(app) {
    this.app = app;
    this.list = byId("topic-list");
    this.sort = byId("sort");
    this.sort.addEventListener("change", () => this.render());
    this.list.addEventListener("keydown", (event) => this.#move(event));
    for (const topic of app.record.topics) topic.folded = fold([topic.label, ...topic.words.map(([word]) => word), ...Object.values(topic.aspects).flat()].join("\n"));
  }

  #order(hits) {
    const { topics } = this.app.record;
    const by = {
      size: (a, b) => b.size - a.size,
      name: (a, b) => a.label.localeCompare(b.label),
      map: (a, b) => a.hue - b.hue,
    }[this.sort.value];
    return [...topics].sort((a, b) => (a.id < 0) - (b.id < 0) || (hits ? hits[b.row] - hits[a.row] : 0) || by(a, b) || a.id - b.id);
  }

  /** Topics whose words hold all terms come first in a search, then those with the most documents found. */
  render() {
    const { app } = this;
    const { terms } = app.filter;
    const counts = app.counts();
    const named = (topic) => terms.length > 0 && terms.every((term) => topic.folded.includes(term));
    const hits = app.narrowed() ? counts : null;
    let topics = this.#order(hits);
    if (terms.length) topics = [...topics.filter(named), ...topics.filter((topic) => !named(topic))];
    const largest = Math.max(...topics.filter((topic) => topic.id >= 0).map((topic) => topic.size), 1);
    const focused = document.activeElement?.closest?.("#topic-list .topic")?.dataset.topic;
    this.list.replaceChildren(
      ...topics.map((topic) => {
        const colour = css(topicColour(topic));
        const dot = make("span", { className: "dot", "aria-hidden": "true" });
        dot.style.background = colour;
        const bar = make("i");
        bar.style.width = `${Math.min((100 * topic.size) / largest, 100)}%`;
        bar.style.background = colour;
        const count = hits ? `${number(hits[topic.row])} / ${number(topic.size)}` : number(topic.size);
        const chosen = app.filter.topic === topic.id;
        return make(
          "li",
          {},
          make(
            "button",
            {
              type: "button",
              className: hits && !hits[topic.row] && !named(topic) ? "topic none" : "topic",
              "aria-pressed": String(chosen),
              "aria-label": `${topic.label}, ${documents(topic.size)}${hits ? `, ${number(hits[topic.row])} found` : ""}`,
              "data-topic": String(topic.id),
              onclick: () => app.chooseTopic(chosen ? null : topic.id),
            },
            dot,
            make("span", { className: "label" }, topic.label),
            make("span", { className: "count" }, count),
            make("span", { className: "words" }, further(topic).join(" · ")),
            make("span", { className: "extent", "aria-hidden": "true" }, bar),
          ),
        );
      }),
    );
    if (focused !== undefined) this.list.querySelector(`[data-topic="${focused}"]`)?.focus({ preventScroll: true });
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
