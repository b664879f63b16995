import assert from "node:assert/strict";
import { test } from "node:test";

import { BIN, CLASS, Filters, HIDDEN, TOPIC, spread } from "../src/filters.js";

test("filters narrow together and are taken away one by one", () => {
  const filters = new Filters(12);
  filters.set(TOPIC, (row) => row % 2 === 0);
  filters.set(CLASS, (row) => row % 3 === 0);
  assert.deepEqual([...filters.rows()], [0, 6]);
  assert.ok(filters.passes(6) && !filters.passes(3));
  filters.set(TOPIC, null);
  assert.deepEqual([...filters.rows()], [0, 3, 6, 9]);
  filters.set(CLASS, (row) => row > 9);
  assert.deepEqual([...filters.rows()], [10, 11]);
  filters.set(CLASS, null);
  assert.equal(filters.active, 0);
  assert.equal(filters.rows().length, 12);
});

test("a tally leaves out the filters that it is told to, and codes below zero", () => {
  const filters = new Filters(6);
  const codes = [0, 1, 1, 2, -1, 2];
  filters.set(BIN, (row) => row < 3);
  filters.set(HIDDEN, (row) => row !== 1);
  assert.deepEqual(filters.tally(codes, 3), [1, 1, 0]);
  assert.deepEqual(filters.tally(codes, 3, HIDDEN), [1, 2, 0]);
  assert.deepEqual(filters.tally(codes, 3, HIDDEN | BIN), [1, 2, 2]);
});

test("rows spread over all of them come once each", () => {
  for (const n of [0, 1, 2, 3, 10, 55, 1000, 1597]) {
    const order = [...spread(Uint32Array.from({ length: n }, (_, i) => 5 * i))];
    assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: n }, (_, i) => 5 * i));
  }
  const first = [...spread(Array.from({ length: 1000 }, (_, i) => i))].slice(0, 10).sort((a, b) => a - b);
  for (let i = 1; i < first.length; i++) assert.ok(first[i] - first[i - 1] > 30);
});
