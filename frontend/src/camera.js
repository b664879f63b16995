// Where we look: a centre in map units, and the pixels a unit. y grows upwards on the map and downwards on the screen.

export class Camera {
  constructor() {
    // `tall`: units of y are drawn so much larger than those of x. Layouts have no true proportions.
    Object.assign(this, { x: 0, y: 0, k: 1, tall: 1, width: 1, height: 1, home: { x: 0, y: 0, k: 1 } });
    this.flight = 0;
  }

  /** Let a flat layout fill a tall window, and a tall one a flat window, somewhat better. */
  stretch([x0, y0, x1, y1]) {
    const wanted = (Math.max(x1 - x0, 1) / Math.max(y1 - y0, 1)) * (this.height / this.width);
    this.tall = Math.min(Math.max(wanted, 1 / 1.7), 1.7);
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
  }

  toScreen(x, y) {
    return [(x - this.x) * this.k + this.width / 2, (this.y - y) * this.k * this.tall + this.height / 2];
  }

  toMap(px, py) {
    return [(px - this.width / 2) / this.k + this.x, this.y - (py - this.height / 2) / (this.k * this.tall)];
  }

  /** The box [x0, y0, x1, y1] of map units that is in view, with a margin as a part of its sides. */
  box(margin = 0) {
    const [x0, y1] = this.toMap(-margin * this.width, -margin * this.height);
    const [x1, y0] = this.toMap((1 + margin) * this.width, (1 + margin) * this.height);
    return [x0, y0, x1, y1];
  }

  /** The view that shows a box with a margin. */
  around([x0, y0, x1, y1], margin = 0.12) {
    const k = Math.min(
      (this.width * (1 - 2 * margin)) / Math.max(x1 - x0, 1),
      (this.height * (1 - 2 * margin)) / (Math.max(y1 - y0, 1) * this.tall),
    );
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, k };
  }

  get zoom() {
    return this.k / this.home.k;
  }

  clamp({ x, y, k }) {
    return { x, y, k: Math.min(Math.max(k, this.home.k * 0.4), this.home.k * 250) };
  }

  set(view) {
    Object.assign(this, this.clamp(view));
  }

  panBy(dx, dy) {
    this.x -= dx / this.k;
    this.y += dy / (this.k * this.tall);
  }

  zoomAt(px, py, factor) {
    const [x, y] = this.toMap(px, py);
    this.set({ x: this.x, y: this.y, k: this.k * factor });
    const [nx, ny] = this.toMap(px, py);
    this.x += x - nx;
    this.y += y - ny;
  }

  /** Move there in a moment; at once for people who want no motion. */
  flyTo(view, draw) {
    const target = this.clamp(view);
    const flight = ++this.flight;
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.set(target);
      draw();
      return;
    }
    const from = { x: this.x, y: this.y, k: this.k };
    const began = performance.now();
    const step = (now) => {
      if (flight !== this.flight) return;
      const t = Math.min(Math.max((now - began) / 500, 0), 1);
      const eased = t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
      const k = from.k * (target.k / from.k) ** eased;
      // The centre moves with the scale, so that the target keeps still on the screen while it grows.
      const part = Math.abs(target.k / from.k - 1) < 1e-6 ? eased : (1 / from.k - 1 / k) / (1 / from.k - 1 / target.k);
      this.set({ x: from.x + (target.x - from.x) * part, y: from.y + (target.y - from.y) * part, k });
      draw();
      if (t < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  stop() {
    this.flight++;
  }
}
