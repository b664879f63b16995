// Topic names on the map: the largest topics first, none over another; more of them find room as one zooms in.

import { css, isDark, nameColour } from "./colours.js";

const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif';

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

export class Names {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.placed = [];
  }

  setTopics(topics) {
    this.topics = topics.filter((topic) => topic.id >= 0 && topic.size > 0).sort((a, b) => b.size - a.size);
    const largest = this.topics[0]?.size ?? 1;
    for (const topic of this.topics) {
      topic.lines = wrapped(topic.label);
      topic.points = 11.5 + 5 * Math.sqrt(topic.size / largest);
    }
  }

  #measure(topic, points) {
    this.context.font = `600 ${points}px ${FAMILY}`;
    const width = Math.max(...topic.lines.map((line) => this.context.measureText(line).width));
    return { width: width + 8, height: topic.lines.length * points * 1.16 + 4 };
  }

  /** `counts`: documents found in each topic (none: no name; most: first), or null; `chosen`: id of the topic named before all; `plain`: without colours. */
  draw(camera, ratio, counts, chosen, plain) {
    const { context, canvas } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    this.placed = [];
    this.plain = plain;
    const grow = Math.min(1 + 0.12 * Math.log2(Math.max(camera.zoom, 1)), 1.35);
    const order = [...this.topics].sort((a, b) => (b.id === chosen) - (a.id === chosen) || (counts ? counts[b.row] - counts[a.row] : 0));
    for (const topic of order) {
      const [x, y] = camera.toScreen(...topic.anchor);
      if (x < -60 || y < -30 || x > camera.width + 60 || y > camera.height + 30 || counts?.[topic.row] === 0) continue;
      const points = topic.points * grow;
      const { width, height } = this.#measure(topic, points);
      const spot = this.#room(x, y, width, height, camera);
      if (!spot) continue;
      this.placed.push({ topic, ...spot, width, height });
      this.#write(topic, spot.x, spot.y, points, chosen === null || topic.id === chosen ? 1 : 0.45);
    }
  }

  #room(x, y, width, height, camera) {
    for (const [dx, dy] of [[0, 0], [0, -0.7], [0, 0.7], [0.45, 0], [-0.45, 0]]) {
      const spot = { x: inside(x + dx * width, x, width, camera.width), y: inside(y + dy * height, y, height, camera.height) };
      const free = this.placed.every(
        (other) => Math.abs(other.x - spot.x) * 2 >= other.width + width || Math.abs(other.y - spot.y) * 2 >= other.height + height,
      );
      if (free) return spot;
    }
    return null;
  }

  #write(topic, x, y, points, alpha) {
    const { context } = this;
    const step = points * 1.16;
    context.font = `600 ${points}px ${FAMILY}`;
    context.globalAlpha = alpha;
    context.lineWidth = points * 0.3;
    context.strokeStyle = isDark() ? "rgb(16 18 22 / 85%)" : "rgb(250 250 248 / 88%)";
    context.fillStyle = this.plain ? (isDark() ? "#e9eaee" : "#1c1d20") : css(nameColour(topic));
    topic.lines.forEach((line, i) => {
      const at = y + (i - (topic.lines.length - 1) / 2) * step;
      context.strokeText(line, x, at);
      context.fillText(line, x, at);
    });
    context.globalAlpha = 1;
  }

  /** The topic whose name lies at a place of the screen. */
  at(px, py) {
    const hit = this.placed.find(({ x, y, width, height }) => Math.abs(px - x) * 2 <= width && Math.abs(py - y) * 2 <= height);
    return hit?.topic ?? null;
  }
}
