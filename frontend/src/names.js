// Topic names on the map: the largest topics first, none over another; more of them find room as one zooms in.

import { css, isDark, nameColour } from "./colours.js";

const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif';
const LEADING = 1.16;
const MEASURED = 100; // points at which widths are measured; they grow in proportion
const MARGIN = 0.25; // of the window, drawn beyond each side, so that moving the map moves the finished picture of its names
const PLACES = [[0, 0], [0, -0.7], [0, 0.7], [0.45, 0], [-0.45, 0]];

/** A name in lines of about so many characters, at most three. */
export function wrapped(label, width = 17) {
  const lines = [];
  for (const word of label.split(/\s+/)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && (last + " " + word).length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  if (lines.length > 3) return [...lines.slice(0, 2), `${lines[2].replace(/,$/, "")}…`];
  return lines;
}

/** A place for the middle of a name: within the canvas as long as what it names is. */
function inside(middle, anchor, extent, limit) {
  if (anchor < 0 || anchor > limit) return middle;
  return Math.min(Math.max(middle, extent / 2), limit - extent / 2);
}

/** The first place around (x, y) at which a name covers none of those placed, or null. */
export function room(x, y, width, height, placed, window) {
  for (const [dx, dy] of PLACES) {
    const spot = { x: inside(x + dx * width, x, width, window.width), y: inside(y + dy * height, y, height, window.height) };
    if (placed.every((other) => Math.abs(other.x - spot.x) * 2 >= other.width + width || Math.abs(other.y - spot.y) * 2 >= other.height + height)) return spot;
  }
  return null;
}

export class Names {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.placed = [];
    this.view = null;
    this.moved = [0, 0];
    this.pictures = new Map(); // drawing an outlined text costs ten times what copying its picture does
  }

  setTopics(topics) {
    this.topics = topics.filter((topic) => topic.id >= 0 && topic.size > 0).sort((a, b) => b.size - a.size);
    const largest = this.topics[0]?.size ?? 1;
    this.context.font = `600 ${MEASURED}px ${FAMILY}`;
    for (const topic of this.topics) {
      topic.lines = wrapped(topic.label);
      topic.points = 11.5 + 5 * Math.sqrt(topic.size / largest);
      topic.breadth = Math.max(...topic.lines.map((line) => this.context.measureText(line).width)) / MEASURED;
    }
  }

  /**
   * `counts`: documents found in each topic (none: no name; most: first), or null; `chosen`: rows of the topics named
   * before all, or null; `plain`: without colours; `blocked()`: boxes {x, y, width, height} around their middles that names
   * stay clear of. All of these and the theme are new after `forget()` only.
   */
  draw(camera, ratio, counts, chosen, plain, blocked) {
    const { view } = this;
    const moved = view ? [(view.x - camera.x) * camera.k, (camera.y - view.y) * camera.k * camera.tall] : [0, 0];
    const near = view?.k === camera.k && view.width === camera.width && view.height === camera.height && view.ratio === ratio;
    if (near && Math.abs(moved[0]) < MARGIN * camera.width && Math.abs(moved[1]) < MARGIN * camera.height) {
      this.moved = moved.map((by) => Math.round(by * ratio) / ratio);
    } else this.#redraw(camera, ratio, counts, chosen, plain, blocked());
    this.canvas.style.transform = `translate(${this.moved[0] - MARGIN * camera.width}px, ${this.moved[1] - MARGIN * camera.height}px)`;
  }

  forget() {
    this.view = null;
  }

  #redraw(camera, ratio, counts, chosen, plain, blocked) {
    const { context, canvas } = this;
    const { width: wide, height: high } = camera;
    this.view = { x: camera.x, y: camera.y, k: camera.k, width: wide, height: high, ratio };
    this.moved = [0, 0];
    const [width, height] = [wide, high].map((side) => Math.round(side * (1 + 2 * MARGIN) * ratio));
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
      Object.assign(canvas.style, { width: `${width / ratio}px`, height: `${height / ratio}px` });
    } else context.clearRect(0, 0, width, height);
    this.placed = [];
    const grow = Math.min(1 + 0.12 * Math.log2(Math.max(camera.zoom, 1)), 1.35);
    for (const topic of this.#order(counts, chosen)) {
      const [x, y] = camera.toScreen(...topic.anchor);
      if (x < -MARGIN * wide || y < -MARGIN * high || x > (1 + MARGIN) * wide || y > (1 + MARGIN) * high || counts?.[topic.row] === 0) continue;
      const points = Math.round(topic.points * grow * 2) / 2;
      const size = { width: topic.breadth * points + 8, height: topic.lines.length * points * LEADING + 4 };
      const spot = room(x, y, size.width, size.height, [...blocked, ...this.placed], camera);
      if (!spot) continue;
      this.placed.push({ topic, ...spot, ...size });
      const picture = this.#picture(topic, points, size.width, size.height, ratio, plain);
      context.globalAlpha = chosen === null || chosen.has(topic.row) ? 1 : 0.45;
      context.drawImage(picture, Math.round((spot.x + MARGIN * wide) * ratio - picture.width / 2), Math.round((spot.y + MARGIN * high) * ratio - picture.height / 2));
    }
    context.globalAlpha = 1;
  }

  /** The names in view on another canvas of the window's size. */
  copyTo(context, camera, ratio) {
    context.drawImage(this.canvas, (this.moved[0] - MARGIN * camera.width) * ratio, (this.moved[1] - MARGIN * camera.height) * ratio);
  }

  #order(counts, chosen) {
    if (!counts && !chosen) return this.topics;
    return [...this.topics].sort((a, b) => (chosen ? chosen.has(b.row) - chosen.has(a.row) : 0) || (counts ? counts[b.row] - counts[a.row] : 0) || b.size - a.size);
  }

  #picture(topic, points, width, height, ratio, plain) {
    const dark = isDark();
    const key = `${points} ${ratio} ${plain} ${dark}`;
    const known = this.pictures.get(topic.row);
    if (known?.key === key) return known.picture;
    const edge = points * 0.3;
    const picture = document.createElement("canvas");
    picture.width = Math.ceil((width + edge) * ratio);
    picture.height = Math.ceil((height + edge) * ratio);
    const context = picture.getContext("2d");
    context.scale(ratio, ratio);
    Object.assign(context, { textAlign: "center", textBaseline: "middle", lineJoin: "round", font: `600 ${points}px ${FAMILY}`, lineWidth: edge });
    context.strokeStyle = dark ? "rgb(16 18 22 / 85%)" : "rgb(250 250 248 / 88%)";
    context.fillStyle = plain ? (dark ? "#e9eaee" : "#1c1d20") : css(nameColour(topic));
    const [middle, first] = [picture.width / ratio / 2, picture.height / ratio / 2 - ((topic.lines.length - 1) / 2) * points * LEADING];
    for (const method of ["strokeText", "fillText"]) topic.lines.forEach((line, i) => context[method](line, middle, first + i * points * LEADING));
    this.pictures.set(topic.row, { key, picture });
    return picture;
  }

  /** The topic whose name lies at a place of the screen. */
  at(px, py) {
    const [dx, dy] = this.moved;
    const hit = this.placed.find(({ x, y, width, height }) => Math.abs(px - dx - x) * 2 <= width && Math.abs(py - dy - y) * 2 <= height);
    return hit?.topic ?? null;
  }
}
