import assert from "node:assert/strict";
import { test } from "node:test";

import { Cells } from "../src/cells.js";
import { fromPlanes, summed } from "../src/data.js";

/** The same numbers on every run (Park and Miller, 1988). */
function numbers(seed) {
  let state = seed;
  return (limit) => Math.floor(((state = (state * 48271) % 2147483647) / 2147483647) * limit);
}

/** The bits of x and y in turns, one at a time. */
function interleaved(x, y) {
  let code = 0n;
  for (let bit = 0n; bit < 16n; bit++) code |= (((BigInt(x) >> bit) & 1n) << (2n * bit)) | (((BigInt(y) >> bit) & 1n) << (2n * bit + 1n));
  return Number(code);
}

function points(n, seed = 7, limit = 65536) {
  const next = numbers(seed);
  const pairs = Array.from({ length: n }, () => [next(limit), next(limit)]).sort((a, b) => interleaved(...a) - interleaved(...b));
  return { pairs, cells: new Cells(Uint32Array.from(pairs, ([x, y]) => interleaved(x, y))) };
}

test("places are read back from their codes", () => {
  const { pairs, cells } = points(3000);
  assert.deepEqual([...cells.x], pairs.map(([x]) => x));
  assert.deepEqual([...cells.y], pairs.map(([, y]) => y));
});

test("spans hold every point of the box, ascend, and hold nothing beyond the cells that the box touches", () => {
  const { pairs, cells } = points(3000);
  const next = numbers(3);
  for (let trial = 0; trial < 60; trial++) {
    const [x0, y0] = [next(60000) - 2000, next(60000) - 2000];
    const [x1, y1] = [x0 + next(30000), y0 + next(30000)];
    const spans = cells.spans(x0, y0, x1, y1);
    assert.deepEqual(spans, [...spans].sort((a, b) => a - b));
    const held = (row) => spans.some((from, s) => s % 2 === 0 && from <= row && row < spans[s + 1]);
    pairs.forEach(([x, y], row) => {
      if (x >= x0 && x <= x1 && y >= y0 && y <= y1) assert.ok(held(row));
      if (x < x0 - 512 || x > x1 + 512 || y < y0 - 512 || y > y1 + 512) assert.ok(!held(row));
    });
  }
});

test("the whole map is one span, and small gaps are joined", () => {
  const { cells } = points(3000);
  assert.deepEqual(cells.spans(-1e6, -1e6, 1e6, 1e6), [0, 3000]);
  assert.equal(cells.spans(20000, 20000, 40000, 40000, 3000).length, 2);
});

test("the nearest point is the one that looking at all of them finds", () => {
  const { pairs, cells } = points(400);
  const next = numbers(11);
  for (const tall of [1, 1.7, 0.6]) {
    for (let trial = 0; trial < 40; trial++) {
      const [mx, my] = [next(65536), next(65536)];
      const far = ([x, y]) => (x - mx) ** 2 + ((y - my) * tall) ** 2;
      const allowed = (row) => row % 3 !== 0;
      let best = -1;
      pairs.forEach((pair, row) => {
        if (allowed(row) && far(pair) <= 6000 ** 2 && (best < 0 || far(pair) < far(pairs[best]))) best = row;
      });
      assert.equal(cells.nearest(mx, my, 6000, tall, allowed), best);
    }
  }
});

test("near rows come nearest first", () => {
  const { pairs, cells } = points(300);
  const [x, y] = pairs[42];
  const expected = pairs.map((pair, row) => [(pair[0] - x) ** 2 + (pair[1] - y) ** 2, row]).filter(([, row]) => row !== 42).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  assert.deepEqual(cells.near(42, 8, 1), expected.slice(0, 8).map(([, row]) => row));
  assert.deepEqual(points(1).cells.near(0, 8, 1), []);
});

test("no points are no trouble", () => {
  const cells = new Cells(new Uint32Array(0));
  assert.deepEqual(cells.spans(0, 0, 65536, 65536), []);
  assert.equal(cells.nearest(1, 1, 100, 1, () => true), -1);
});

test("numbers are put together from planes of bytes", () => {
  const bytes = Uint8Array.from([0x01, 0xff, 0x00, 0x02, 0xff, 0x80]); // three of 16 bits
  assert.deepEqual([...fromPlanes(bytes, Uint16Array)], [0x0201, 0xffff, 0x8000]);
  assert.deepEqual([...fromPlanes(bytes, Int16Array)], [0x0201, -1, -0x8000]);
  const high = Uint8Array.from([5, 1, 0, 0, 0, 0, 0x80, 0x70]); // two of 32 bits, whose sum passes 2^31
  assert.deepEqual([...summed(fromPlanes(high, Uint32Array))], [0x80000005, 0xf0000006]);
});
