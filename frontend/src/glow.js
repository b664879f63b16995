// A soft light under the points where many lie: a small picture of the blurred, coloured density, stretched under the map.

const SIDE = 320;
const REACH = 65536;
const INNER = 0.76; // part of the picture's side that the map takes; the rest is room for the blur

function blur(from, to, radius, stride, step) {
  // One pass of a running mean along rows (stride SIDE, step 1) or columns (stride 1, step SIDE).
  const width = 2 * radius + 1;
  for (let line = 0; line < SIDE; line++) {
    const start = line * stride;
    let sum = 0;
    for (let i = -radius; i < SIDE; i++) {
      if (i + radius < SIDE) sum += from[start + (i + radius) * step];
      if (i - radius - 1 >= 0) sum -= from[start + (i - radius - 1) * step];
      if (i >= 0) to[start + i * step] = sum / width;
    }
  }
}

export class Glow {
  /** `canvas` becomes the small picture; the browser stretches it, which costs less than drawing it anew for every frame. */
  constructor(canvas) {
    this.picture = canvas;
    canvas.width = canvas.height = SIDE;
  }

  /** Density of the points for which `lit(i)` holds, in their colours. */
  paint(x, y, colours, lit, strength) {
    const cells = SIDE * SIDE;
    const n = Math.max(x.length, 1);
    const layers = [0, 1, 2, 3].map(() => new Float32Array(cells));
    const scale = (SIDE * INNER) / REACH;
    const inset = (SIDE * (1 - INNER)) / 2;
    for (let i = 0; i < x.length; i++) {
      if (!lit(i)) continue;
      const cell = Math.floor(inset + (REACH - 1 - y[i]) * scale) * SIDE + Math.floor(inset + x[i] * scale);
      for (let c = 0; c < 3; c++) layers[c][cell] += colours[4 * i + c];
      layers[3][cell] += 1;
    }
    const spare = new Float32Array(cells);
    // The fewer the points, the wider the blur, so that it shows regions and not dots.
    const reach = Math.round(Math.min(Math.max(4.5 * (2000 / n) ** 0.25, 4), 13));
    for (const layer of layers) {
      for (const radius of [reach, reach, reach - 1]) {
        blur(layer, spare, radius, SIDE, 1);
        blur(spare, layer, radius, 1, SIDE);
      }
    }
    const image = new ImageData(SIDE, SIDE);
    const usual = n / cells;
    for (let cell = 0; cell < cells; cell++) {
      const density = layers[3][cell];
      if (density <= 0) continue;
      for (let c = 0; c < 3; c++) image.data[4 * cell + c] = layers[c][cell] / density;
      image.data[4 * cell + 3] = 255 * strength * (1 - Math.exp((-0.3 * density) / usual));
    }
    this.picture.getContext("2d").putImageData(image, 0, 0);
  }

  /** Where the picture lies in a window of a view, and how strong it is. */
  #place({ x, y, k, tall, width, height, zoom }) {
    const margin = ((REACH / INNER) * (1 - INNER)) / 2;
    return {
      left: (-margin - x) * k + width / 2,
      top: (y - REACH - margin) * k * tall + height / 2,
      across: (REACH / INNER) * k,
      down: (REACH / INNER) * k * tall,
      // Close up, the blur says nothing any more.
      fade: 1 / (1 + (zoom / 6) ** 2),
    };
  }

  draw(camera) {
    const { left, top, across, down, fade } = this.#place(camera);
    const { style } = this.picture;
    style.visibility = fade < 0.03 ? "hidden" : "visible";
    style.opacity = fade;
    style.transform = `translate(${left}px, ${top}px) scale(${across / SIDE}, ${down / SIDE})`;
  }

  /** The same on another canvas; width and height of the view are those of the window in CSS pixels. */
  paintOn(context, view, ratio) {
    const { left, top, across, down, fade } = this.#place(view);
    context.globalAlpha = fade;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.picture, left * ratio, top * ratio, across * ratio, down * ratio);
    context.globalAlpha = 1;
  }
}
