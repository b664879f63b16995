// Mouse, pen and fingers on the map: drag, scroll, pinch, hover, click, and shift-drag for an area.

import { topicColour } from "./colours.js";
import { byId, make } from "./dom.js";
import { dot } from "./legend.js";

const REACH = 12;

export class Pointer {
  constructor(app) {
    this.app = app;
    this.canvas = byId("points");
    this.tip = byId("tip");
    this.region = byId("region");
    this.down = new Map();
    this.asked = 0;
    const on = (name, listener, options) => this.canvas.addEventListener(name, listener, options);
    on("pointerdown", (event) => this.#press(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#release(event));
    on("pointercancel", (event) => this.#release(event, true));
    on("pointerleave", () => !this.down.size && this.#hover(-1));
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("dblclick", (event) => {
      const { x, y, k } = this.app.camera;
      const [mx, my] = this.app.camera.toMap(...this.#at(event));
      this.app.fly({ x: (x + mx) / 2, y: (y + my) / 2, k: k * 2 });
    });
  }

  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #press(event) {
    if (event.button > 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.app.camera.stop();
    this.down.set(event.pointerId, this.#at(event));
    this.start = this.#at(event);
    this.travelled = 0;
    this.selecting = event.shiftKey;
    this.app.moved();
    this.#hover(-1);
  }

  #move(event) {
    const { camera } = this.app;
    const [px, py] = this.#at(event);
    const before = this.down.get(event.pointerId);
    if (!before) {
      const row = this.#nearest(px, py);
      this.canvas.classList.toggle("over", row >= 0 || this.app.names.at(px, py) !== null);
      this.#hover(row);
      return;
    }
    this.down.set(event.pointerId, [px, py]);
    this.travelled += Math.abs(px - before[0]) + Math.abs(py - before[1]);
    if (this.selecting) {
      this.#frame(px, py);
      return;
    }
    this.canvas.classList.add("moving");
    if (this.down.size === 2) {
      const [other] = [...this.down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const span = (at) => Math.hypot(at[0] - other[0], at[1] - other[1]) || 1;
      camera.zoomAt((px + other[0]) / 2, (py + other[1]) / 2, span([px, py]) / span(before));
      camera.panBy((px - before[0]) / 2, (py - before[1]) / 2);
    } else camera.panBy(px - before[0], py - before[1]);
    this.app.draw();
  }

  #release(event, cancelled = false) {
    if (!this.down.delete(event.pointerId)) return;
    this.canvas.classList.remove("moving");
    const [px, py] = this.#at(event);
    if (this.selecting) {
      this.selecting = false;
      this.region.hidden = true;
      if (this.travelled > 8 && !cancelled) this.#choose(px, py);
    } else if (this.travelled < 5 && !cancelled && !this.down.size) this.#click(px, py);
  }

  #frame(px, py) {
    const [sx, sy] = this.start;
    this.region.hidden = false;
    Object.assign(this.region.style, {
      left: `${Math.min(sx, px)}px`,
      top: `${Math.min(sy, py)}px`,
      width: `${Math.abs(px - sx)}px`,
      height: `${Math.abs(py - sy)}px`,
    });
  }

  #choose(px, py) {
    const [ax, ay] = this.app.camera.toMap(...this.start);
    const [bx, by] = this.app.camera.toMap(px, py);
    this.app.narrow({ region: [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)] });
  }

  #click(px, py) {
    const topic = this.app.names.at(px, py);
    const row = this.#nearest(px, py);
    if (topic && (row < 0 || this.#distance(row, px, py) > 4)) this.app.chooseTopic(topic.id === this.app.filter.topic ? null : topic.id);
    else if (row >= 0) this.app.open(row);
    else if (this.app.opened !== null) this.app.open(null);
  }

  #distance(row, px, py) {
    const [x, y] = this.app.camera.toScreen(this.app.record.x[row], this.app.record.y[row]);
    return Math.hypot(x - px, y - py);
  }

  #nearest(px, py) {
    const { camera, filters, record } = this.app;
    return record.cells.nearest(...camera.toMap(px, py), REACH / camera.k, camera.tall, (row) => filters.passes(row));
  }

  #wheel(event) {
    event.preventDefault();
    this.app.camera.stop();
    this.app.moved();
    const lines = event.deltaMode === 1 ? 24 : 1;
    const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016));
    this.app.camera.zoomAt(...this.#at(event), factor);
    this.app.draw();
  }

  async #hover(row) {
    if (row === this.shown) return;
    this.shown = row;
    this.app.point(row);
    const asked = ++this.asked;
    if (row < 0) {
      this.tip.hidden = true;
      return;
    }
    const { title, text } = await this.app.texts.get(row);
    if (asked !== this.asked) return;
    const { record } = this.app;
    const topic = record.topics[record.topicRows[row]];
    const facts = [record.bins?.[row] >= 0 && record.binLabels[record.bins[row]], record.classRows?.[row] >= 0 && record.classNames[record.classRows[row]]].filter(Boolean);
    this.tip.replaceChildren(
      ...[
        title && make("strong", {}, title),
        make("span", { className: "text" }, (title ? text.slice(0, 220) : text.slice(0, 320)) || (title ? "" : "(empty document)")),
        make("span", { className: "of" }, dot(topicColour(topic)), topic.label, facts.map((fact) => make("span", {}, `· ${fact}`))),
      ].filter(Boolean),
    );
    this.tip.hidden = false;
    this.place();
  }

  /** Put the tip beside its point, inside the map. */
  place() {
    if (this.tip.hidden || !(this.shown >= 0)) return;
    const { camera, record } = this.app;
    const [px, py] = camera.toScreen(record.x[this.shown], record.y[this.shown]);
    const { offsetWidth: width, offsetHeight: height } = this.tip;
    const left = px + 16 + width < camera.width ? px + 16 : Math.max(px - 16 - width, 4);
    const top = Math.min(Math.max(py - height / 2, 8), Math.max(camera.height - height - 8, 8));
    this.tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}
