// The document nearest to the pointer, found through a grid whose cells list their points one after another.

const SIDE = 128;
const CELL = 65536 / SIDE;

export class Picker {
  constructor(x, y) {
    Object.assign(this, { x, y });
    this.starts = new Uint32Array(SIDE * SIDE + 1);
    this.rows = new Uint32Array(x.length);
    const cellOf = (i) => Math.floor(y[i] / CELL) * SIDE + Math.floor(x[i] / CELL);
    for (let i = 0; i < x.length; i++) this.starts[cellOf(i) + 1]++;
    for (let c = 0; c < SIDE * SIDE; c++) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    for (let i = 0; i < x.length; i++) this.rows[next[cellOf(i)]++] = i;
  }

  /** Calls `visit(row)` for the points of all cells that a box touches. */
  #cells(x0, y0, x1, y1, visit) {
    const clamp = (value) => Math.min(Math.max(Math.floor(value / CELL), 0), SIDE - 1);
    for (let cy = clamp(y0); cy <= clamp(y1); cy++) {
      const from = this.starts[cy * SIDE + clamp(x0)];
      const to = this.starts[cy * SIDE + clamp(x1) + 1];
      for (let j = from; j < to; j++) visit(this.rows[j]);
    }
  }

  /** Calls `visit(row)` for every point within `reach` map units. */
  within(mx, my, reach, visit) {
    this.#cells(mx - reach, my - reach, mx + reach, my + reach, (row) => {
      if ((this.x[row] - mx) ** 2 + (this.y[row] - my) ** 2 <= reach * reach) visit(row);
    });
  }

  /** Row of the nearest point within `reach` map units for which `allowed(row)` holds, or -1. */
  nearest(mx, my, reach, allowed) {
    let best = -1;
    let least = reach * reach;
    this.#cells(mx - reach, my - reach, mx + reach, my + reach, (row) => {
      const square = (this.x[row] - mx) ** 2 + (this.y[row] - my) ** 2;
      if (square <= least && allowed(row)) [best, least] = [row, square];
    });
    return best;
  }
}
