// Puts the page together: what is filtered, chosen and opened is kept here, and every part draws from it.

import "./style.css";
import { Camera } from "./camera.js";
import { classColour, isDark, onThemeChange, rampColour, setTheme, topicColour } from "./colours.js";
import { Texts, fold, readRecord } from "./data.js";
import { byId, documents, make } from "./dom.js";
import { listen, offer } from "./controls.js";
import { BIN, CLASS, Filters, HIDDEN, REGION, TOPIC, WORDS } from "./filters.js";
import { Glow } from "./glow.js";
import { legend } from "./legend.js";
import { TopicList } from "./list.js";
import { Names } from "./names.js";
import { Panel } from "./panel.js";
import { Pointer } from "./pointer.js";
import { RasterPoints } from "./raster.js";
import { TopicTree, branches } from "./tree.js";
import { WebGLPoints } from "./webgl.js";

const FEW = 2000;

/** Points on the graphics card where there is one. `#points=webgl` and `#points=raster` in the address choose. */
function pointsOn(canvas, glow) {
  const wish = location.hash.match(/points=(\w+)/)?.[1];
  const card = wish === "raster" ? null : WebGLPoints.create(canvas, wish === "webgl");
  return card ?? new RasterPoints(canvas, glow);
}

class Explorer {
  constructor(record) {
    this.record = record;
    record.topics.forEach((topic, row) => (topic.row = row));
    this.topicById = new Map(record.topics.map((topic) => [topic.id, topic]));
    this.branches = branches(record.tree, this.topicById);
    this.texts = new Texts(record.chunk, record.n);
    this.filter = { topic: null, branch: null, terms: [], matches: null, classCode: null, bin: null, region: null };
    this.filters = new Filters(record.n);
    this.opened = null;
    this.pointed = -1;
    this.colourBy = "topic";
    this.outliers = true;
    this.searches = 0;
    this.colours = new Uint8Array(4 * record.n);
    this.states = new Uint8Array(record.n);

    this.stage = byId("stage");
    this.camera = new Camera();
    this.glow = new Glow(byId("glow"));
    this.points = pointsOn(byId("points"), this.glow);
    this.points.onrestored = () => this.draw();
    this.points.setCells(record.cells);
    this.names = new Names(byId("names"));
    this.names.setTopics(record.topics);
    offer(this);
    this.#look();
    this.measure();
  }

  /** All that is not needed for the first picture of the map. */
  furnish() {
    this.list = new TopicList(this);
    this.tree = new TopicTree(this);
    this.panel = new Panel(this);
    this.pointer = new Pointer(this);
    listen(this);
    this.refresh();
    new ResizeObserver(() => this.measure()).observe(this.stage);
    onThemeChange(() => this.refresh());
    window.addEventListener("beforeprint", () => this.#freeze());
    window.addEventListener("afterprint", () => this.#thaw());
  }

  // -- what passes the filters

  /** Rows of the chosen topics, or null. */
  chosen() {
    const { topic, branch } = this.filter;
    if (branch) return new Set(branch.rows);
    return topic === null ? null : new Set([this.topicById.get(topic).row]);
  }

  /** Whether there is a filter beside the chosen topics and the kinds in `except`. */
  narrowed(except = 0) {
    return (this.filters.active & ~(TOPIC | HIDDEN | except)) !== 0;
  }

  anyFilter() {
    return (this.filters.active & ~HIDDEN) !== 0;
  }

  /** Documents of each topic that pass all other filters. */
  counts() {
    if (!this.narrowed()) return this.record.topics.map((topic) => topic.size);
    return (this.counted ??= this.filters.tally(this.record.topicRows, this.record.topics.length, TOPIC | HIDDEN));
  }

  found() {
    return (this.rows ??= this.filters.rows());
  }

  // -- what people do

  chooseTopic(id) {
    const topic = this.topicById.get(id) ?? null;
    this.#choose({ topic: id, branch: null }, topic && topic.id >= 0 && topic.box, topic ? `${topic.label}, ${documents(topic.size)}` : "All topics");
  }

  chooseBranch(branch) {
    const boxes = branch?.rows.map((row) => this.record.topics[row].box) ?? [];
    const box = boxes.length && [0, 1, 2, 3].map((side) => boxes.reduce((far, one) => Math[side < 2 ? "min" : "max"](far, one[side]), side < 2 ? Infinity : -Infinity));
    this.#choose({ topic: null, branch }, box, branch ? `${branch.label}, ${branch.rows.length} topics, ${documents(branch.size)}` : "All topics");
  }

  #choose(patch, box, said) {
    Object.assign(this.filter, patch);
    this.opened = null;
    const rows = this.chosen();
    const { topicRows } = this.record;
    this.filters.set(TOPIC, rows && (rows.size === 1 ? only(topicRows, rows.values().next().value) : (row) => rows.has(topicRows[row])));
    this.refresh();
    this.panel.top();
    this.list.reveal();
    if (box) this.fly(this.camera.around(box, 0.22), true);
    this.say(said);
  }

  /** Change the filters other than the topic: any of terms with matches, classCode, bin, region; null takes one away. */
  narrow(patch) {
    const { record } = this;
    if (patch.terms && !patch.terms.length) {
      byId("search").value = "";
      this.searches++;
      patch = { ...patch, matches: null };
    }
    Object.assign(this.filter, patch);
    const { matches, classCode, bin, region } = this.filter;
    if ("matches" in patch) this.filters.set(WORDS, matches && ((row) => matches[row] === 1));
    if ("classCode" in patch) this.filters.set(CLASS, classCode === null ? null : only(record.classRows, classCode));
    if ("bin" in patch) this.filters.set(BIN, bin === null ? null : only(record.bins, bin));
    if ("region" in patch) {
      const { x, y } = record;
      this.filters.set(REGION, region && ((row) => x[row] >= region[0] && x[row] <= region[2] && y[row] >= region[1] && y[row] <= region[3]));
    }
    this.opened = null;
    this.refresh();
    this.say(`${documents(this.found().length)} on the map`);
  }

  searchFor(text) {
    byId("search").value = text;
    this.search();
  }

  async search() {
    const terms = fold(byId("search").value).split(/\s+/).filter(Boolean);
    const search = ++this.searches;
    if (!terms.length) {
      if (this.filter.terms.length) this.narrow({ terms: [] });
      return;
    }
    const form = byId("search-form");
    const matches = await this.texts.search(terms, this.record.n, () => search !== this.searches, (part) => form.style.setProperty("--searched", part));
    if (search === this.searches) form.style.setProperty("--searched", 0);
    if (matches) this.narrow({ terms, matches });
  }

  open(row) {
    this.opened = row;
    this.panel.render().then(() => this.panel.top());
    this.draw();
    if (row === null) return;
    const [px, py] = this.camera.toScreen(this.record.x[row], this.record.y[row]);
    const { width, height, k } = this.camera;
    const inside = px > 40 && py > 40 && px < width - 40 && py < height - 40;
    if (!inside) this.fly({ x: this.record.x[row], y: this.record.y[row], k });
  }

  /** Ring the document that the pointer is at, on the map or in a list. */
  point(row) {
    if (row === this.pointed) return;
    this.pointed = row;
    this.draw();
  }

  clear() {
    if (this.opened !== null) this.open(null);
    else if (this.anyFilter()) {
      this.filters.set(TOPIC, null);
      this.narrow({ topic: null, branch: null, classCode: null, bin: null, region: null, terms: [] });
    }
  }

  fly(view, gently = false) {
    // Choosing a topic should show where it lies, not lose the map around it.
    const target = gently ? { ...view, k: Math.min(view.k, this.camera.home.k * 5) } : view;
    this.camera.flyTo(target, () => this.draw());
  }

  say(text) {
    byId("announce").textContent = text;
  }

  // -- drawing

  measure() {
    const { width, height } = this.stage.getBoundingClientRect();
    if (!width || !height || window.matchMedia("print").matches) return;
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
    const { camera } = this;
    const atHome = camera.width === 1 || Math.abs(camera.zoom - 1) < 1e-6;
    camera.resize(width, height);
    camera.stretch(this.record.view);
    camera.home = camera.around(this.record.view, 0.07);
    if (atHome) camera.set(camera.home);
    this.drawNow();
  }

  /** Everything anew after a change of filters, colours or theme. */
  refresh() {
    const outlierRow = this.record.topics.findIndex((topic) => topic.id < 0);
    const hide = !this.outliers && this.filter.topic !== -1;
    if (hide !== Boolean(this.filters.active & HIDDEN)) this.filters.set(HIDDEN, hide && not(only(this.record.topicRows, outlierRow)));
    this.counted = this.rows = null;
    this.#look();
    legend(this);
    this.list.render();
    this.tree.render();
    this.panel.render();
    this.draw();
  }

  /** Colours of the points, and their states: 0 hidden, 1 dimmed, 2 shown, 3 one of few found. */
  #look() {
    const { record, states, filters } = this;
    const { fails } = filters;
    const filtering = this.anyFilter();
    const grey = !filtering && this.colourBy === "topic" ? record.topics.findIndex((topic) => topic.id < 0) : -1;
    const passing = filtering && this.found().length <= Math.min(FEW, record.n / 4) ? 3 : 2;
    for (let row = 0; row < record.n; row++) {
      if (fails[row] === 0) states[row] = record.topicRows[row] === grey ? 1 : passing;
      else states[row] = fails[row] & HIDDEN ? 0 : 1;
    }
    this.#colour();
    this.names.forget();
    this.points.setLook(this.colours, states);
    this.glow.paint(record.x, record.y, this.colours, (row) => states[row] >= 2, isDark() ? 0.3 : 0.26);
  }

  #colour() {
    const { record } = this;
    const palettes = {
      topic: () => [record.topicRows, record.topics.map(topicColour)],
      time: () => [record.bins, this.ranks().map(rampColour)],
      class: () => [record.classRows, record.classNames.map((_, code) => classColour(code))],
    };
    const [codes, palette] = palettes[this.colourBy]();
    // One number a point is written, not four: the bytes of a colour lie in the order of this machine.
    const bytes = new Uint8Array([...palette, topicColour({ id: -1 })].flatMap((rgb) => [...rgb, 255]));
    const whole = new Uint32Array(bytes.buffer);
    const colours = new Uint32Array(this.colours.buffer);
    for (let row = 0; row < record.n; row++) colours[row] = whole[codes[row] >= 0 ? codes[row] : palette.length];
  }

  /** Share of the documents before the middle of each bin: half of the documents lie in either half of the ramp. */
  ranks() {
    const sizes = this.record.overTime.reduce((total, row) => total.map((value, i) => value + row[i]));
    const whole = sizes.reduce((a, b) => a + b, 0) || 1;
    let before = 0;
    return sizes.map((size) => ((before += size) - size / 2) / whole);
  }

  /** The hint has done its work once somebody moves the map. */
  moved() {
    byId("gesture").hidden = true;
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => this.drawNow());
  }

  #points(how) {
    const { record, camera, ratio } = this;
    const radius = Math.min(13 * record.n ** -0.2 * Math.min(camera.zoom, 60) ** 0.38, 9);
    const opacity = { dim: this.anyFilter() ? 0.13 : 0.5, shown: record.n > 100000 ? 0.55 : 0.85 };
    return { radius, more: this.points[how](camera, radius, ratio, opacity) };
  }

  drawNow() {
    this.waiting = false;
    const { camera, ratio } = this;
    if (!ratio) return; // not laid out yet, in a hidden frame
    const { radius, more } = this.#points("draw");
    if (this.points.kind === "webgl") this.glow.draw(camera);
    this.names.draw(camera, ratio, this.narrowed() ? this.counts() : null, this.chosen(), this.colourBy !== "topic", () => this.#covered());
    this.#ring(byId("ring-opened"), this.opened ?? -1, radius);
    this.#ring(byId("ring-pointed"), this.pointed, radius);
    this.pointer?.place();
    if (more) this.draw();
    else if (!this.standing) this.standing = performance.mark("map"); // the whole map stands: what a benchmark waits for
  }

  /** What of the map lies under the legend and the tools. */
  #covered() {
    const stage = this.stage.getBoundingClientRect();
    const boxes = [...this.stage.querySelectorAll("#legend, .tools")].map((one) => one.getBoundingClientRect());
    return boxes.map(({ left, top, width, height }) => ({ x: left - stage.left + width / 2, y: top - stage.top + height / 2, width, height }));
  }

  #ring(ring, row, radius) {
    ring.hidden = row < 0;
    if (row < 0) return;
    const [px, py] = this.camera.toScreen(this.record.x[row], this.record.y[row]);
    const side = 2 * radius + 11;
    Object.assign(ring.style, { width: `${side}px`, height: `${side}px`, transform: `translate(${px - side / 2}px, ${py - side / 2}px)` });
  }

  /** The whole map on a canvas of its own, for paper and for tests. */
  picture() {
    const { camera, ratio } = this;
    this.#points("finish");
    this.drawNow();
    const whole = make("canvas", { width: Math.round(camera.width * ratio), height: Math.round(camera.height * ratio) });
    const context = whole.getContext("2d");
    if (this.points.kind === "webgl") this.glow.paintOn(context, camera, ratio);
    this.points.copyTo(context, camera, ratio);
    this.names.copyTo(context, camera, ratio);
    return whole;
  }

  /** Paper is light, and canvases lose what they show when the page is laid out anew: print a picture of the map. */
  #freeze() {
    this.themeBefore = document.documentElement.dataset.theme;
    setTheme("light");
    this.refresh();
    byId("still").src = this.picture().toDataURL("image/png");
  }

  #thaw() {
    setTheme(this.themeBefore);
    this.refresh();
  }
}

const only = (codes, code) => (row) => codes[row] === code;
const not = (test) => (row) => !test(row);

readRecord().then((record) => {
  byId("points").setAttribute("aria-label", `Map of ${documents(record.n)}`);
  const explorer = new Explorer(record);
  window.explorer = explorer;
  // The map first: with thousands of topics the lists take a moment of their own.
  requestAnimationFrame(() => setTimeout(() => {
    explorer.furnish();
    document.documentElement.dataset.ready = "true";
  }));
});
