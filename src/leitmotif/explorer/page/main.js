// Puts the page together: what is filtered, chosen and opened is kept here, and every part draws from it.

import { Camera } from "./camera.js";
import { CanvasPoints } from "./canvas.js";
import { classColour, css, isDark, onThemeChange, rampColour, topicColour } from "./colours.js";
import { Texts, fold, readRecord } from "./data.js";
import { byId, documents, make, number } from "./dom.js";
import { Glow } from "./glow.js";
import { TopicList } from "./list.js";
import { Names } from "./names.js";
import { Panel } from "./panel.js";
import { Picker } from "./picker.js";
import { Pointer } from "./pointer.js";
import { WebGLPoints } from "./webgl.js";

const LEGEND_CLASSES = 7; // the bars of the panel show the colours of the others
const FEW = 2000;
const REACH = 65535;

class Explorer {
  constructor(record) {
    this.record = record;
    record.topics.forEach((topic, row) => (topic.row = row));
    this.topicById = new Map(record.topics.map((topic) => [topic.id, topic]));
    this.texts = new Texts(record.chunk);
    this.filter = { topic: null, terms: [], matches: null, classCode: null, bin: null, region: null };
    this.opened = null;
    this.pointed = -1;
    this.colourBy = "topic";
    this.outliers = true;
    this.searches = 0;

    this.stage = byId("stage");
    stretch(record, this.stage.getBoundingClientRect());
    this.camera = new Camera();
    this.points = WebGLPoints.create(byId("points"));
    if (!this.points) this.points = new CanvasPoints(byId("points"));
    this.points.onrestored = () => this.draw();
    this.points.setPlaces(record.x, record.y);
    this.glow = new Glow(byId("glow"));
    this.names = new Names(byId("names"));
    this.names.setTopics(record.topics);
    this.picker = new Picker(record.x, record.y);
    this.list = new TopicList(this);
    this.panel = new Panel(this);
    this.pointer = new Pointer(this);
    this.colours = new Uint8Array(4 * record.n);
    this.states = new Uint8Array(record.n);
    this.passing = new Uint8Array(record.n);
    this.#controls();
    this.measure();
    this.refresh();
    new ResizeObserver(() => this.measure()).observe(this.stage);
    onThemeChange(() => this.refresh());
    window.addEventListener("beforeprint", () => this.#freeze());
  }

  // -- what passes the filters

  passes(row, without = {}) {
    const { record } = this;
    const { topic, matches, classCode, bin, region } = { ...this.filter, ...without };
    return (
      (topic === null || record.topics[record.topicRows[row]].id === topic) &&
      (matches === null || matches[row] === 1) &&
      (classCode === null || record.classRows[row] === classCode) &&
      (bin === null || record.bins[row] === bin) &&
      (region === null || (record.x[row] >= region[0] && record.x[row] <= region[2] && record.y[row] >= region[1] && record.y[row] <= region[3]))
    );
  }

  /** Whether there is a filter beside the chosen topic and those named. */
  narrowed(...except) {
    return ["matches", "classCode", "bin", "region"].some((name) => !except.includes(name) && this.filter[name] !== null);
  }

  anyFilter() {
    return this.filter.topic !== null || this.narrowed();
  }

  /** How many passing documents have each code, with some filters changed. */
  tally(codes, n, without) {
    const counts = new Array(n).fill(0);
    for (let row = 0; row < this.record.n; row++) if (codes[row] >= 0 && this.passes(row, without)) counts[codes[row]]++;
    return counts;
  }

  /** Documents of each topic that pass all other filters. */
  counts() {
    return this.narrowed() ? this.tally(this.record.topicRows, this.record.topics.length, { topic: null }) : this.record.topics.map((topic) => topic.size);
  }

  found() {
    const rows = [];
    for (let row = 0; row < this.record.n; row++) if (this.passing[row]) rows.push(row);
    return rows;
  }

  near(row, n = 8) {
    const { x, y } = this.record;
    const nearest = [];
    for (let reach = 300; reach < 70000 && nearest.length <= n; reach *= 1.6) {
      nearest.length = 0;
      this.picker.within(x[row], y[row], reach, (other) => other !== row && nearest.push(other));
    }
    const far = (other) => (x[other] - x[row]) ** 2 + (y[other] - y[row]) ** 2;
    return nearest.sort((a, b) => far(a) - far(b) || a - b).slice(0, n);
  }

  // -- what people do

  chooseTopic(id) {
    this.filter.topic = id;
    this.opened = null;
    this.refresh();
    this.panel.top();
    this.list.reveal();
    const topic = this.topicById.get(id);
    if (topic && topic.id >= 0) this.fly(this.camera.around(topic.box, 0.22), true);
    this.say(topic ? `${topic.label}, ${documents(topic.size)}` : "All topics");
  }

  narrow(patch) {
    if (patch.terms && !patch.terms.length) {
      byId("search").value = "";
      this.searches++;
      patch = { ...patch, matches: null };
    }
    Object.assign(this.filter, patch);
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
    const matches = await this.texts.search(terms, this.record.n, () => search !== this.searches);
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
      Object.assign(this.filter, { topic: null, classCode: null, bin: null, region: null });
      this.narrow({ terms: [] });
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
    for (const id of ["points", "names"]) {
      byId(id).width = Math.round(width * this.ratio);
      byId(id).height = Math.round(height * this.ratio);
    }
    const first = this.camera.width === 1;
    const atHome = first || Math.abs(this.camera.zoom - 1) < 1e-6;
    this.camera.resize(width, height);
    this.camera.home = this.camera.around(this.record.view, 0.07);
    if (atHome) this.camera.set(this.camera.home);
    this.drawNow();
  }

  /** Everything anew after a change of filters, colours or theme. */
  refresh() {
    const { record, states, passing } = this;
    const filtering = this.anyFilter();
    const outlierRow = record.topics.findIndex((topic) => topic.id < 0);
    const showingOutliers = this.filter.topic !== null && this.filter.topic < 0;
    let n = 0;
    for (let row = 0; row < record.n; row++) {
      const outlier = record.topicRows[row] === outlierRow;
      const hidden = outlier && !this.outliers && !showingOutliers;
      passing[row] = !hidden && this.passes(row) ? 1 : 0;
      n += passing[row];
      const quiet = outlier && !filtering && this.colourBy === "topic";
      states[row] = hidden ? 0 : passing[row] ? (quiet ? 1 : 2) : 1;
    }
    if (filtering && n <= Math.min(FEW, record.n / 4)) for (let row = 0; row < record.n; row++) if (passing[row]) states[row] = 3;
    this.lastCounts = null;
    this.#colour();
    this.points.setLook(this.colours, states);
    this.glow.paint(record.x, record.y, this.colours, (row) => states[row] >= 2, isDark() ? 0.3 : 0.26);
    this.#legend();
    this.list.render();
    this.panel.render();
    this.draw();
  }

  #colour() {
    const { record, colours } = this;
    const grey = topicColour({ id: -1 });
    const palettes = {
      topic: () => [record.topicRows, record.topics.map(topicColour)],
      time: () => [record.bins, this.#ranks().map(rampColour)],
      class: () => [record.classRows, record.classNames.map((_, code) => classColour(code))],
    };
    const [codes, palette] = palettes[this.colourBy]();
    for (let row = 0; row < record.n; row++) {
      const [r, g, b] = codes[row] >= 0 ? palette[codes[row]] : grey;
      colours[4 * row] = r;
      colours[4 * row + 1] = g;
      colours[4 * row + 2] = b;
      colours[4 * row + 3] = 255;
    }
  }

  /** Share of the documents before the middle of each bin: half of the documents lie in either half of the ramp. */
  #ranks() {
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

  drawNow() {
    this.waiting = false;
    const { record, camera, ratio } = this;
    const radius = Math.min(13 * record.n ** -0.2 * Math.min(camera.zoom, 60) ** 0.38, 9);
    const opacity = { dim: this.anyFilter() ? 0.13 : 0.5, shown: record.n > 100000 ? 0.55 : 0.85 };
    this.glow.draw(camera);
    this.points.draw(camera, radius, ratio, opacity);
    const counts = this.narrowed() ? (this.lastCounts ??= this.counts()) : (this.lastCounts = null);
    this.names.draw(camera, ratio, counts, this.filter.topic, this.colourBy !== "topic");
    for (const row of new Set([this.opened ?? -1, this.pointed])) if (row >= 0) this.#ring(row, radius);
    this.pointer.place();
  }

  /** A picture of the map for paper: canvases change their size, and lose what they show, when the page is laid out anew. */
  #freeze() {
    this.drawNow();
    const { width, height } = byId("points");
    const whole = make("canvas", { width, height });
    const context = whole.getContext("2d");
    this.glow.copyTo(context, this.camera, this.ratio);
    for (const id of ["points", "names"]) context.drawImage(byId(id), 0, 0);
    byId("still").src = whole.toDataURL("image/png");
  }

  #ring(row, radius) {
    const { context } = this.names;
    const [px, py] = this.camera.toScreen(this.record.x[row], this.record.y[row]);
    context.lineWidth = 2.5;
    context.strokeStyle = isDark() ? "#fff" : "#111";
    context.beginPath();
    context.arc(px, py, radius + 4, 0, 2 * Math.PI);
    context.stroke();
  }

  #legend() {
    const { record } = this;
    const box = byId("legend");
    box.hidden = this.colourBy === "topic";
    if (this.colourBy === "time") {
      const steps = Array.from({ length: 24 }, (_, i) => {
        const step = make("i");
        step.style.background = css(rampColour(i / 23));
        return step;
      });
      box.replaceChildren(make("div", { className: "ramp" }, steps), make("div", { className: "ends" }, make("span", {}, record.binLabels[0]), make("span", {}, record.binLabels[this.#ranks().findLastIndex((rank) => rank <= 0.5)]), make("span", {}, record.binLabels.at(-1))));
    } else if (this.colourBy === "class") {
      const entry = (colour, name) => {
        const dot = make("span", { className: "dot" });
        dot.style.background = css(colour);
        return make("li", {}, dot, name);
      };
      const entries = record.classNames.slice(0, LEGEND_CLASSES).map((name, code) => entry(classColour(code), name));
      const rest = record.classNames.length - LEGEND_CLASSES;
      if (rest > 0) entries.push(make("li", {}, `and ${number(rest)} more`));
      box.replaceChildren(make("ul", {}, entries));
    }
  }

  #controls() {
    const { record } = this;
    const ways = ["topic", record.binLabels && "time", record.classNames && "class"].filter(Boolean);
    const select = byId("colour-by");
    select.replaceChildren(...ways.map((way) => make("option", { value: way }, way)));
    select.closest("label").hidden = ways.length < 2;
    select.addEventListener("change", () => ((this.colourBy = select.value), this.refresh()));
    byId("outliers-label").hidden = !record.topics.some((topic) => topic.id < 0);
    byId("outliers").addEventListener("change", (event) => ((this.outliers = event.target.checked), this.refresh()));
    const centre = () => [this.camera.width / 2, this.camera.height / 2];
    const zoom = (factor) => {
      const { x, y, k } = this.camera;
      this.fly({ x, y, k: k * factor });
    };
    byId("zoom-in").addEventListener("click", () => zoom(1.8));
    byId("zoom-out").addEventListener("click", () => zoom(1 / 1.8));
    byId("zoom-all").addEventListener("click", () => this.fly(this.camera.home));
    let typing;
    byId("search").addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.search(), 180);
    });
    byId("search-form").addEventListener("submit", (event) => (event.preventDefault(), this.search()));
    document.addEventListener("keydown", (event) => {
      const writing = event.target.closest?.("input, select, textarea");
      if (event.key === "Escape") {
        if (writing) event.target.blur();
        this.clear();
      } else if (event.key === "/" && !writing) {
        event.preventDefault();
        byId("search").focus();
      }
    });
    byId("points").addEventListener("keydown", (event) => {
      const pan = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
      if (pan) this.camera.panBy(...pan);
      else if (event.key === "+" || event.key === "=") this.camera.zoomAt(...centre(), 1.35);
      else if (event.key === "-") this.camera.zoomAt(...centre(), 1 / 1.35);
      else if (event.key === "0") this.fly(this.camera.home);
      else return;
      event.preventDefault();
      this.draw();
    });
  }
}

/** Layouts have no true proportions: let a flat one fill a tall window (and a tall one a flat window) somewhat better. */
function stretch(record, { width, height }) {
  const [x0, y0, x1, y1] = record.view;
  const wanted = (x1 - x0) / Math.max(y1 - y0, 1) / (width / Math.max(height, 1));
  const factor = Math.min(Math.max(wanted, 1 / 1.7), 1.7);
  const axis = factor > 1 ? 1 : 0;
  const by = Math.min(axis ? factor : 1 / factor, REACH / Math.max((axis ? record.y : record.x).reduce((a, b) => Math.max(a, b), 1), 1));
  const scaled = (values) => values.map((value, i) => (i % 2 === axis ? value * by : value));
  record.view = scaled(record.view);
  for (const topic of record.topics) [topic.anchor, topic.box] = [scaled(topic.anchor), scaled(topic.box)];
  const codes = axis ? record.y : record.x;
  for (let i = 0; i < codes.length; i++) codes[i] = Math.round(codes[i] * by);
}

readRecord().then((record) => {
  byId("points").setAttribute("aria-label", `Map of ${documents(record.n)}`);
  window.explorer = new Explorer(record);
  document.documentElement.dataset.ready = "true";
});
