// Which documents pass: a byte a document, with a bit for every kind of filter that it fails.

export const TOPIC = 1;
export const WORDS = 2;
export const CLASS = 4;
export const BIN = 8;
export const REGION = 16;
export const HIDDEN = 32; // outliers that are switched off

export class Filters {
  constructor(n) {
    this.fails = new Uint8Array(n);
    this.active = 0;
  }

  /** Let only the rows pass for which `test(row)` holds; null takes the filter away. */
  set(kind, test) {
    const { fails } = this;
    if (!test) {
      if (this.active & kind) for (let row = 0; row < fails.length; row++) fails[row] &= ~kind;
      this.active &= ~kind;
      return;
    }
    this.active |= kind;
    for (let row = 0; row < fails.length; row++) fails[row] = test(row) ? fails[row] & ~kind : fails[row] | kind;
  }

  passes(row) {
    return this.fails[row] === 0;
  }

  /** Rows that pass, ascending. */
  rows() {
    const { fails } = this;
    const found = new Uint32Array(fails.length);
    let n = 0;
    for (let row = 0; row < fails.length; row++) if (fails[row] === 0) found[n++] = row;
    return found.subarray(0, n);
  }

  /** How many of the rows have each code, of those that fail nothing but what `except` names; codes below 0 are left out. */
  tally(codes, n, except = 0) {
    const counts = new Array(n).fill(0);
    const { fails } = this;
    for (let row = 0; row < fails.length; row++) if ((fails[row] & ~except) === 0 && codes[row] >= 0) counts[codes[row]]++;
    return counts;
  }
}

/** A part of the rows from everywhere among them: the golden section visits each once, and never two neighbours in turn. */
export function* spread(rows) {
  const n = rows.length;
  let step = Math.max(1, Math.round(n * 0.618034));
  while (common(step, n) !== 1) step++;
  for (let i = 0, at = 0; i < n; i++, at = (at + step) % n) yield rows[at];
}

const common = (a, b) => (b ? common(b, a % b) : a);
