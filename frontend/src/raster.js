// Points painted by the processor, for browsers without a graphics card.
//
// A million points take longer than a frame, so they are painted into a picture larger than the window, a slice a frame.
// While one looks around, the finished picture is only moved (by the browser, which costs little), and the next one is
// painted before its edge comes into view.

import { make } from "./dom.js";

const MOST_PIXELS = 6e6;
const MARGIN = 0.5; // of the window, on each side
const SLICE = 8; // milliseconds a frame while moving
const SLICE_AT_REST = 30;
const SUBPIXELS = 4;

/** Coverage of a disc, 0 to 256, for each of 4 × 4 places of its centre within a pixel: {side, reach, masks}. */
export function stamps(radius, opacity) {
  const side = Math.floor(2 * radius) + 2;
  const masks = [];
  for (let sub = 0; sub < SUBPIXELS ** 2; sub++) {
    // The centre, from the pixel in which the stamp begins: floor(centre - radius).
    const [cx, cy] = [sub % SUBPIXELS, Math.floor(sub / SUBPIXELS)].map((part) => radius + (part + 0.5) / SUBPIXELS);
    const mask = new Uint16Array(side * side);
    for (let i = 0; i < mask.length; i++) {
      let inside = 0;
      for (let s = 0; s < 16; s++) {
        const dx = (i % side) + ((s % 4) + 0.5) / 4 - cx;
        const dy = Math.floor(i / side) + (Math.floor(s / 4) + 0.5) / 4 - cy;
        inside += dx * dx + dy * dy <= radius * radius;
      }
      mask[i] = Math.round((inside / 16) * opacity * 256);
    }
    masks.push(mask);
  }
  return { side, masks };
}

/** Lay one colour over premultiplied pixels through a stamp whose corner is at byte `at`. */
function press(pixels, at, stride, mask, side, r, g, b) {
  let m = 0;
  for (let line = 0; line < side; line++, at += stride) {
    for (let j = at, end = at + 4 * side; j < end; j += 4) {
      const cover = mask[m++];
      if (cover === 0) continue;
      pixels[j] += ((r - pixels[j]) * cover) >> 8;
      pixels[j + 1] += ((g - pixels[j + 1]) * cover) >> 8;
      pixels[j + 2] += ((b - pixels[j + 2]) * cover) >> 8;
      pixels[j + 3] += ((255 - pixels[j + 3]) * cover) >> 8;
    }
  }
}

/** Colours as a canvas wants them: not multiplied by their opacity. */
function unmultiply(pixels, from, to) {
  for (let j = from; j < to; j += 4) {
    const alpha = pixels[j + 3];
    if (alpha === 0 || alpha === 255) continue;
    const factor = 255 / alpha;
    pixels[j] = Math.min(255, pixels[j] * factor);
    pixels[j + 1] = Math.min(255, pixels[j + 1] * factor);
    pixels[j + 2] = Math.min(255, pixels[j + 2] * factor);
  }
}

/** A picture being painted: call `step(deadline)` until it says that it is done. */
export class Painting {
  constructor(image, cells, look, view) {
    Object.assign(this, { image, cells, look, view });
    this.pixels = new Uint8Array(image.data.buffer);
    this.pixels.fill(0);
    const halfX = image.width / 2 / (view.k * view.ratio);
    const halfY = image.height / 2 / (view.k * view.tall * view.ratio);
    const spans = cells.spans(view.x - halfX, view.y - halfY, view.x + halfX, view.y + halfY, 500);
    this.jobs = [];
    for (const state of [1, 2, 3].filter((one) => look.present[one])) {
      const radius = view.ratio * (state === 3 ? view.radius * 1.25 + 0.75 : view.radius);
      const opacity = state === 1 ? view.opacity.dim : state === 2 ? view.opacity.shown : 1;
      const stamp = stamps(Math.max(radius, 0.75), opacity);
      for (let s = 0; s < spans.length; s += 2) this.jobs.push({ state, radius: Math.max(radius, 0.75), stamp, at: spans[s], to: spans[s + 1] });
    }
    this.job = 0;
    this.finished = 0;
  }

  step(deadline) {
    while (this.job < this.jobs.length) {
      if (performance.now() > deadline) return false;
      const job = this.jobs[this.job];
      const to = Math.min(job.at + 4096, job.to);
      this.#paint(job, to);
      job.at = to;
      if (to === job.to) this.job++;
    }
    while (this.finished < this.pixels.length) {
      if (performance.now() > deadline) return false;
      const to = Math.min(this.finished + 400000, this.pixels.length);
      unmultiply(this.pixels, this.finished, to);
      this.finished = to;
    }
    return true;
  }

  #paint({ state, radius, stamp, at }, to) {
    const { pixels, cells, look, view, image } = this;
    const { colours, states } = look;
    const { side, masks } = stamp;
    const [xs, ys] = [cells.x, cells.y];
    const kx = view.k * view.ratio;
    const ky = kx * view.tall;
    const left = image.width / 2 - view.x * kx - radius;
    const top = image.height / 2 + view.y * ky - radius;
    const [right, bottom] = [image.width - side, image.height - side];
    for (let row = at; row < to; row++) {
      if (states[row] !== state) continue;
      const px = left + xs[row] * kx;
      const py = top - ys[row] * ky;
      if (px < 0 || py < 0 || px > right || py > bottom) continue;
      const [ix, iy] = [px | 0, py | 0];
      const sub = (((py - iy) * SUBPIXELS) | 0) * SUBPIXELS + (((px - ix) * SUBPIXELS) | 0);
      const c = 4 * row;
      press(pixels, 4 * (iy * image.width + ix), 4 * image.width, masks[sub], side, colours[c], colours[c + 1], colours[c + 2]);
    }
  }
}

export class RasterPoints {
  constructor(canvas, glow) {
    this.kind = "raster";
    this.glow = glow;
    glow.picture.hidden = true; // painted into the picture instead
    this.pictures = [0, 1].map(() => make("canvas", { className: "picture", "aria-hidden": "true", hidden: true }));
    canvas.before(...this.pictures);
    Object.assign(canvas, { width: 1, height: 1 }); // it is only pointed at
    this.shown = null;
    this.painting = null;
  }

  setCells(cells) {
    this.cells = cells;
  }

  /** Colours: four bytes a point; states: one. */
  setLook(colours, states) {
    const present = [0, 0, 0, 0];
    for (let row = 0; row < states.length; row++) present[states[row]] = 1;
    this.look = { colours, states, present };
    this.painting = null;
  }

  /** Show what there is, and go on with the next picture; true while there is more to do. */
  draw(camera, radius, ratio, opacity) {
    this.#start(camera, radius, ratio, opacity);
    if (this.painting) {
      const urgent = this.shown?.look !== this.look || !covers(this.shown.view, camera, 0);
      if (this.painting.step(performance.now() + (urgent ? SLICE_AT_REST : SLICE))) this.#swap();
    }
    if (this.shown) place(this.shown.picture, this.shown.view, camera, ratio);
    return this.painting !== null || this.#wanted(camera, radius, ratio);
  }

  /** Paint to the end, at once. */
  finish(camera, radius, ratio, opacity) {
    while (this.draw(camera, radius, ratio, opacity));
  }

  #wanted(camera, radius, ratio) {
    const { shown } = this;
    if (!shown || shown.look !== this.look) return true;
    const { view } = shown;
    const same = view.k === camera.k && view.tall === camera.tall && view.radius === radius && view.ratio === ratio && view.windowWidth === camera.width && view.windowHeight === camera.height;
    return !same || !covers(view, camera, 0.35);
  }

  #start(camera, radius, ratio, opacity) {
    if (this.painting || !this.#wanted(camera, radius, ratio)) return;
    const window = camera.width * camera.height * ratio * ratio;
    const margin = Math.min(MARGIN, Math.max(0.08, (Math.sqrt(MOST_PIXELS / window) - 1) / 2));
    const width = Math.round(camera.width * (1 + 2 * margin) * ratio);
    const height = Math.round(camera.height * (1 + 2 * margin) * ratio);
    if (this.image?.width !== width || this.image.height !== height) this.image = new ImageData(width, height);
    const { x, y, k, tall, zoom } = camera;
    const view = { x, y, k, tall, zoom, ratio, radius, opacity, margin, width, height, windowWidth: camera.width, windowHeight: camera.height };
    this.painting = new Painting(this.image, this.cells, this.look, view);
  }

  #swap() {
    const { view, look } = this.painting;
    const picture = this.pictures.find((one) => one !== this.shown?.picture);
    if (picture.width !== view.width || picture.height !== view.height) {
      Object.assign(picture, { width: view.width, height: view.height });
      Object.assign(picture.style, { width: `${view.width / view.ratio}px`, height: `${view.height / view.ratio}px` });
    }
    const context = picture.getContext("2d", { willReadFrequently: true }); // kept by the processor, which paints it
    context.putImageData(this.image, 0, 0);
    context.globalCompositeOperation = "destination-over";
    this.glow.paintOn(context, { ...view, width: view.width / view.ratio, height: view.height / view.ratio }, view.ratio);
    context.globalCompositeOperation = "source-over";
    if (this.shown) this.shown.picture.hidden = true;
    picture.hidden = false;
    this.shown = { picture, view, look };
    this.painting = null;
  }

  /** What is shown, on another canvas of the window's size. */
  copyTo(context, camera, ratio) {
    const { picture, view } = this.shown;
    const { left, top, scaleX, scaleY } = corner(view, camera, ratio);
    context.drawImage(picture, left * ratio, top * ratio, picture.width * scaleX, picture.height * scaleY);
  }
}

/** Whether a picture reaches beyond all sides of the window, by a part of its margin. */
export function covers(view, camera, spare) {
  const [left, top] = camera.toScreen(view.x, view.y);
  const scaleX = camera.k / view.k;
  const scaleY = scaleX * (camera.tall / view.tall);
  const overX = (view.windowWidth * (1 + 2 * view.margin) * scaleX - camera.width) / 2 - Math.abs(left - camera.width / 2);
  const overY = (view.windowHeight * (1 + 2 * view.margin) * scaleY - camera.height) / 2 - Math.abs(top - camera.height / 2);
  return overX >= spare * view.margin * camera.width && overY >= spare * view.margin * camera.height;
}

function corner(view, camera, ratio) {
  const scaleX = camera.k / view.k;
  const scaleY = scaleX * (camera.tall / view.tall);
  const [x, y] = camera.toScreen(view.x, view.y);
  let left = x - (view.width / view.ratio / 2) * scaleX;
  let top = y - (view.height / view.ratio / 2) * scaleY;
  // On whole pixels the picture stays sharp.
  if (scaleX === 1 && scaleY === 1) [left, top] = [left, top].map((at) => Math.round(at * ratio) / ratio);
  return { left, top, scaleX, scaleY };
}

function place(picture, view, camera, ratio) {
  const { left, top, scaleX, scaleY } = corner(view, camera, ratio);
  picture.style.transform = `translate(${left}px, ${top}px) scale(${scaleX}, ${scaleY})`;
}
