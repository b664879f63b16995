// Points on a plain canvas, for browsers without WebGL 2; the same interface as WebGLPoints.

export class CanvasPoints {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    if (!this.context) {
      // A canvas that WebGL has touched gives no other context: take a fresh one.
      this.canvas = canvas.cloneNode();
      canvas.replaceWith(this.canvas);
      this.context = this.canvas.getContext("2d");
    }
    this.n = 0;
  }

  setPlaces(x, y) {
    Object.assign(this, { x, y, n: x.length });
  }

  setLook(colours, states) {
    // Points of one state and colour are drawn together: changing the fill is what costs.
    const groups = new Map();
    for (let i = 0; i < this.n; i++) {
      if (!states[i]) continue;
      const key = (states[i] << 24) | (colours[4 * i] << 16) | (colours[4 * i + 1] << 8) | colours[4 * i + 2];
      if (!groups.has(key)) groups.set(key, { state: states[i], alpha: colours[4 * i + 3] / 255, rows: [] });
      groups.get(key).rows.push(i);
    }
    this.groups = [...groups]
      .map(([key, group]) => ({ ...group, fill: `rgb(${(key >> 16) & 255} ${(key >> 8) & 255} ${key & 255})` }))
      .sort((a, b) => a.state - b.state);
  }

  draw(camera, radius, ratio, opacity) {
    const { context, canvas, x, y } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { k, width, height } = camera;
    const left = width / 2 - camera.x * k;
    const top = height / 2 + camera.y * k;
    for (const { state, alpha, fill, rows } of this.groups ?? []) {
      const r = state === 3 ? radius * 1.25 + 0.75 : radius;
      context.fillStyle = fill;
      context.globalAlpha = alpha * (state === 1 ? opacity.dim : state === 2 ? opacity.shown : 1);
      for (const i of rows) {
        const px = left + x[i] * k;
        const py = top - y[i] * k;
        if (px < -r || py < -r || px > width + r || py > height + r) continue;
        if (r < 1.6) context.fillRect(px - r, py - r, 2 * r, 2 * r);
        else {
          context.beginPath();
          context.arc(px, py, r, 0, 6.2832);
          context.fill();
        }
      }
    }
    context.globalAlpha = 1;
  }
}
