// The documents in Z-order: rows are sorted by their place on the map, so that every square of a quadtree is one span of
// rows. Whatever asks "which points are here" (drawing, hovering, selecting) is answered by a few spans, without an index.

const LEVELS = 7; // squares of 512 units, 128 in each direction
const SIDE = 1 << LEVELS;
const UNITS = 65536 / SIDE;
const SHIFT = 32 - 2 * LEVELS;

/** Every second bit of a code, as a number of 16 bits. */
function every2nd(code) {
  let bits = code & 0x55555555;
  bits = (bits | (bits >>> 1)) & 0x33333333;
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >>> 4)) & 0x00ff00ff;
  return (bits | (bits >>> 8)) & 0xffff;
}

export class Cells {
  /** `codes`: ascending; the bits of x and y in turns, those of x first. */
  constructor(codes) {
    const n = codes.length;
    this.n = n;
    this.x = new Uint16Array(n);
    this.y = new Uint16Array(n);
    this.starts = new Uint32Array(SIDE * SIDE + 1);
    for (let row = 0; row < n; row++) {
      const code = codes[row];
      this.x[row] = every2nd(code);
      this.y[row] = every2nd(code >>> 1);
      this.starts[(code >>> SHIFT) + 1]++;
    }
    for (let cell = 0; cell < SIDE * SIDE; cell++) this.starts[cell + 1] += this.starts[cell];
  }

  /** Spans [from, to, from, to, …] of the rows in all cells that the box touches; gaps of at most `gap` rows are joined. */
  spans(x0, y0, x1, y1, gap = 0) {
    const [cx0, cy0, cx1, cy1] = [x0, y0, x1, y1].map((value) => Math.floor(value / UNITS));
    const spans = [];
    const add = (from, to) => {
      if (from === to) return;
      if (spans.length && from - spans[spans.length - 1] <= gap) spans[spans.length - 1] = to;
      else spans.push(from, to);
    };
    const visit = (level, cx, cy, code) => {
      const size = SIDE >> level;
      const [left, low] = [cx * size, cy * size];
      if (left > cx1 || low > cy1 || left + size - 1 < cx0 || low + size - 1 < cy0) return;
      const within = left >= cx0 && low >= cy0 && left + size - 1 <= cx1 && low + size - 1 <= cy1;
      if (within || level === LEVELS) {
        const shift = 2 * (LEVELS - level);
        add(this.starts[code << shift], this.starts[(code + 1) << shift]);
        return;
      }
      for (let child = 0; child < 4; child++) visit(level + 1, 2 * cx + (child & 1), 2 * cy + (child >> 1), 4 * code + child);
    };
    visit(0, 0, 0, 0);
    return spans;
  }

  /** Calls `visit(row, square of the distance)` for the points within `reach`, in units of x; `tall`: units of y count so much. */
  within(mx, my, reach, tall, visit) {
    const high = reach / tall;
    const spans = this.spans(mx - reach, my - high, mx + reach, my + high);
    for (let s = 0; s < spans.length; s += 2) {
      for (let row = spans[s]; row < spans[s + 1]; row++) {
        const square = (this.x[row] - mx) ** 2 + ((this.y[row] - my) * tall) ** 2;
        if (square <= reach * reach) visit(row, square);
      }
    }
  }

  /** Row of the nearest point within `reach` for which `allowed(row)` holds, or -1. */
  nearest(mx, my, reach, tall, allowed) {
    let best = -1;
    let least = Infinity;
    this.within(mx, my, reach, tall, (row, square) => {
      if (square < least && allowed(row)) [best, least] = [row, square];
    });
    return best;
  }

  /** The `n` nearest rows to a row, the nearest first. */
  near(row, n, tall) {
    const found = [];
    for (let reach = 250; reach < 140000 && found.length < n; reach *= 1.7) {
      found.length = 0;
      this.within(this.x[row], this.y[row], reach, tall, (other, square) => other !== row && found.push([square, other]));
    }
    return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, n).map(([, other]) => other);
  }
}
