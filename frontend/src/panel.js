// The details on the right: the corpus, a topic, or a document.

import { rows, timeBars } from "./charts.js";
import { classColour, css, topicColour } from "./colours.js";
import { byId, documents, make, marked, number, percent } from "./dom.js";
import { BIN, CLASS, HIDDEN, TOPIC, spread } from "./filters.js";
import { dot } from "./legend.js";

const FIRST = 20;
const CLASSES = 8;
const CHIPS = 12;

export class Panel {
  constructor(app) {
    this.app = app;
    this.root = byId("detail");
    this.share = false;
    this.allClasses = false;
    this.drawing = 0;
  }

  async render() {
    const { app } = this;
    const drawing = ++this.drawing;
    const content = app.opened === null ? await this.#browse() : await this.#document(app.opened);
    if (drawing !== this.drawing) return; // a newer call has overtaken this one
    this.root.replaceChildren(...content.filter(Boolean));
  }

  top() {
    this.root.scrollTop = 0;
  }

  // -- the corpus, or a topic

  async #browse() {
    const { app } = this;
    const { branch } = app.filter;
    const topic = app.topicById.get(app.filter.topic) ?? null;
    const found = app.found();
    const typical = topic && !app.narrowed() ? topic.representative : [];
    const divided = topic?.passages.length > 0; // long documents: what makes one typical may stand far behind its beginning
    const chosen = branch ? branch.rows : topic ? [topic.row] : null;
    const colour = topic ? css(topicColour(topic)) : null;
    return [
      this.#filters(),
      ...(topic ? this.#topic(topic) : branch ? this.#branch(branch) : [this.#corpus(found)]),
      this.#time(chosen, colour),
      this.#classes(chosen, colour),
      typical.length > 0 && make("section", {}, make("h3", {}, divided ? "Most typical passages" : "Most typical documents"), await this.#list(typical, topic.passages)),
      topic && this.#similar(topic),
      make("section", { className: "listing" }, make("h3", {}, app.anyFilter() ? `${documents(found.length)} on the map` : "Documents"), await this.#documents(found)),
    ];
  }

  #filters() {
    const { app } = this;
    const { filter, record } = app;
    const chip = (text, patch) =>
      make(
        "button",
        { type: "button", className: "chip", title: "Remove this filter", "aria-label": `Remove the filter ${text}`, onclick: () => app.narrow(patch) },
        make("span", {}, text),
        make("span", { className: "x", "aria-hidden": "true" }, "×"),
      );
    const chips = [
      filter.terms.length > 0 && chip(`“${filter.terms.join(" ")}”`, { terms: [] }),
      filter.classCode !== null && chip(record.classNames[filter.classCode], { classCode: null }),
      filter.bin !== null && chip(record.binLabels[filter.bin], { bin: null }),
      filter.region && chip("area of the map", { region: null }),
    ].filter(Boolean);
    return chips.length > 0 && make("div", { className: "chips" }, chips);
  }

  #corpus(found) {
    const { app } = this;
    const { record } = app;
    const counts = app.counts();
    const n = app.narrowed() ? found.length : record.nDocuments;
    const outliers = counts[record.topics.findIndex((topic) => topic.id < 0)] ?? 0;
    const entry = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, value));
    const nTopics = record.topics.filter((topic) => topic.id >= 0 && counts[topic.row] > 0).length;
    return make(
      "section",
      {},
      make("dl", { className: "numbers" }, entry(n === record.nDocuments ? "documents" : "found", number(n)), entry(n === record.nDocuments ? "topics" : "in topics", number(nTopics)), entry("in no topic", percent(outliers, n))),
    );
  }

  #topic(topic) {
    const { app } = this;
    const { record } = app;
    const colour = css(topicColour(topic));
    const aspects = Object.entries(topic.aspects).filter(([, words]) => words.length);
    return [
      make(
        "section",
        {},
        make("button", { type: "button", className: "back", onclick: () => app.chooseTopic(null) }, "← all topics"),
        make("div", { className: "name-row" }, dot(topicColour(topic)), make("h2", { className: "name" }, topic.label)),
        make("p", { className: "sub" }, topic.id < 0 ? `${documents(topic.size)} in no topic · ${percent(topic.size, record.nDocuments)}` : `Topic ${topic.id} · ${documents(topic.size)} · ${percent(topic.size, record.nDocuments)}`),
      ),
      topic.words.length > 0 &&
        make(
          "section",
          {},
          make("h3", {}, "Words"),
          rows(topic.words.map(([word, weight]) => ({ name: word, extent: weight, value: weight.toPrecision(2), colour, onclick: () => app.searchFor(word) }))),
        ),
      aspects.length > 0 &&
        make("section", {}, make("h3", {}, "Other descriptions"), aspects.map(([name, words]) => make("p", { className: "aspect" }, make("b", {}, name), words.join(", ")))),
    ];
  }

  /** A branch of the topic tree. */
  #branch(branch) {
    const { app } = this;
    const { nDocuments, topics } = app.record;
    const up = branch.parent?.parent ? branch.parent : null; // the trunk is all topics
    const chip = (topic) => make("button", { type: "button", className: "chip", title: topic.label, onclick: () => app.chooseTopic(topic.id) }, dot(topicColour(topic)), make("span", {}, topic.label));
    const inside = branch.rows.map((row) => topics[row]).sort((a, b) => b.size - a.size);
    const box = make("div", { className: "chips" }, inside.slice(0, CHIPS).map(chip));
    const more = inside.length > CHIPS && make("button", { type: "button", className: "chip", onclick: () => box.replaceChildren(...inside.map(chip)) }, `all ${inside.length}`);
    box.append(...[more].filter(Boolean));
    return [
      make(
        "section",
        {},
        make("button", { type: "button", className: "back", onclick: () => (up ? app.chooseBranch(up) : app.chooseTopic(null)) }, up ? `← ${up.label}` : "← all topics"),
        make("h2", { className: "name" }, branch.label),
        make("p", { className: "sub" }, `${number(branch.rows.length)} topics · ${documents(branch.size)} · ${percent(branch.size, nDocuments)}`),
      ),
      make("section", {}, make("h3", {}, "Topics"), box),
    ];
  }

  /** Documents over time, of all topics or of those in `chosen` rows. */
  #time(chosen, colour) {
    const { app } = this;
    const { record } = app;
    if (!record.binLabels) return null;
    const tally = (except) => app.filters.tally(record.bins, record.binLabels.length, except | HIDDEN);
    const narrowed = app.narrowed(BIN);
    const whole = narrowed ? tally(BIN | TOPIC) : sums(record.overTime);
    const counts = !chosen ? whole : narrowed ? tally(BIN) : sums(chosen.map((row) => record.overTime[row]));
    const asShare = this.share && chosen !== null;
    const toggle = chosen && make("button", { type: "button", "aria-pressed": String(asShare), onclick: () => ((this.share = !this.share), this.render()) }, asShare ? "show numbers" : "show shares");
    return make(
      "section",
      {},
      make("h3", {}, "Over time", toggle),
      timeBars({
        labels: record.binLabels,
        counts,
        whole,
        colour,
        asShare,
        chosen: app.filter.bin,
        onchoose: (bin) => app.narrow({ bin }),
        unit: "documents",
      }),
    );
  }

  /** Documents of each class, of all topics or of those in `chosen` rows. */
  #classes(chosen, colour) {
    const { app } = this;
    const { record, filter } = app;
    if (!record.classNames) return null;
    const counts = app.narrowed(CLASS)
      ? app.filters.tally(record.classRows, record.classNames.length, CLASS | HIDDEN)
      : sums(chosen ? chosen.map((row) => record.perClass[row]) : record.perClass);
    const total = counts.reduce((a, b) => a + b, 0);
    const present = [...counts.keys()].filter((code) => counts[code] > 0 || code === filter.classCode).sort((a, b) => counts[b] - counts[a]);
    const cut = this.allClasses || present.length <= CLASSES + 1 ? present.length : CLASSES;
    const shown = present.slice(0, cut);
    if (filter.classCode !== null && !shown.includes(filter.classCode)) shown.push(filter.classCode);
    const byClass = app.colourBy === "class";
    return make(
      "section",
      {},
      make(
        "h3",
        {},
        "By class",
        present.length > CLASSES + 1 && make("button", { type: "button", onclick: () => ((this.allClasses = !this.allClasses), this.render()) }, this.allClasses ? "fewer" : `all ${present.length}`),
      ),
      rows(
        shown.map((code) => ({
          name: record.classNames[code],
          extent: counts[code],
          value: chosen ? percent(counts[code], total) : number(counts[code]),
          colour: byClass ? css(classColour(code)) : colour,
          on: filter.classCode === code,
          onclick: () => app.narrow({ classCode: filter.classCode === code ? null : code }),
        })),
      ),
    );
  }

  #similar(topic) {
    const { app } = this;
    if (!topic.neighbours.length) return null;
    const chips = topic.neighbours.map((id) => {
      const other = app.topicById.get(id);
      return make("button", { type: "button", className: "chip", title: other.label, onclick: () => app.chooseTopic(id) }, dot(topicColour(other)), make("span", {}, other.label));
    });
    return make("section", {}, make("h3", {}, "Similar topics"), make("div", { className: "chips" }, chips));
  }

  async #documents(found) {
    if (!found.length) return make("p", { className: "empty" }, "No document passes all the filters.");
    const box = make("div");
    const order = spread(found);
    let shown = 0;
    const more = async (n) => {
      const next = Array.from({ length: Math.min(n, found.length - shown) }, () => order.next().value);
      shown += next.length;
      box.querySelector(".more")?.remove();
      box.append(await this.#list(next));
      const left = found.length - shown;
      if (left > 0) box.append(make("button", { type: "button", className: "more", onclick: () => more(50) }, `${number(Math.min(50, left))} more of ${number(left)}`));
    };
    await more(FIRST);
    return box;
  }

  /** Documents to open, each with its beginning, or with the passage given for it. */
  async #list(list, passages = []) {
    const { app } = this;
    const items = await Promise.all(list.map(async (row, i) => ({ ...(await app.texts.get(row)), ...(passages[i] && { text: passages[i] }) })));
    return make(
      "ul",
      { className: "docs" },
      items.map(({ title, text }, i) =>
        make(
          "li",
          {},
          make(
            "button",
            {
              type: "button",
              className: "doc",
              onclick: () => app.open(list[i]),
              onpointerenter: () => app.point(list[i]),
              onpointerleave: () => app.point(-1),
            },
            title && make("strong", {}, marked(title, app.filter.terms)),
            make("span", { className: "text" }, text ? marked(excerpt(text, app.filter.terms), app.filter.terms) : title ? "" : "(empty document)"),
            this.meta(list[i], app.filter.topic === null),
          ),
        ),
      ),
    );
  }

  /** Topic, date and class of a document. */
  meta(row, withTopic = true) {
    const { record } = this.app;
    const parts = [];
    if (withTopic) {
      const topic = record.topics[record.topicRows[row]];
      parts.push(dot(topicColour(topic)), make("span", { className: "topic-name" }, topic.label));
    }
    if (record.bins?.[row] >= 0) parts.push(make("span", {}, `${parts.length ? "· " : ""}${record.binLabels[record.bins[row]]}`));
    if (record.classRows?.[row] >= 0) parts.push(make("span", {}, `${parts.length ? "· " : ""}${record.classNames[record.classRows[row]]}`));
    return make("span", { className: "meta" }, parts);
  }

  // -- one document

  async #document(row) {
    const { app } = this;
    const { record, filter } = app;
    const { title, text } = await app.texts.get(row);
    const topic = record.topics[record.topicRows[row]];
    const back = topic.id === filter.topic ? topic.label : "all documents";
    return [
      make(
        "section",
        {},
        make("button", { type: "button", className: "back", onclick: () => app.open(null) }, `← ${back}`),
        title && make("h2", { className: "name" }, marked(title, filter.terms)),
        this.meta(row, false),
      ),
      make("div", { className: "chips" }, make("button", { type: "button", className: "chip", onclick: () => app.chooseTopic(topic.id) }, dot(topicColour(topic)), make("span", {}, topic.label))),
      make("section", {}, make("p", { className: "full" }, marked(text || "(empty document)", filter.terms)), text.endsWith("…") && make("p", { className: "cut" }, "The page holds the beginning of long texts.")),
      make("section", {}, make("h3", {}, "Near it on the map"), await this.#list(app.record.cells.near(row, 8, app.camera.tall))),
    ];
  }
}

/** The part of a text around the first term found. */
function excerpt(text, terms) {
  const lower = text.toLowerCase();
  const at = Math.min(...terms.map((term) => lower.indexOf(term)).filter((i) => i >= 0), Infinity);
  if (!Number.isFinite(at) || at < 90) return text.slice(0, 400);
  return `…${text.slice(text.indexOf(" ", at - 60) + 1, at + 340)}`;
}

const sums = (table) => table.reduce((total, row) => total.map((value, i) => value + row[i]), new Array(table[0].length).fill(0));
