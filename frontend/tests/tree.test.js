import assert from "node:assert/strict";
import { test } from "node:test";

import { branches } from "../src/tree.js";

test("branches know their topics, their size and what they are a part of", () => {
  const topics = [{ id: 0, row: 1, size: 5 }, { id: 1, row: 2, size: 3 }, { id: 7, row: 3, size: 2 }];
  const tree = { label: "", children: [{ label: "pets", children: [0, { label: "cats", children: [7] }] }, 1] };
  const [trunk, pets, cats] = branches(tree, new Map(topics.map((topic) => [topic.id, topic])));
  assert.deepEqual([trunk.size, pets.size, cats.size], [10, 7, 2]);
  assert.deepEqual([trunk.rows, pets.rows], [[1, 3, 2], [1, 3]]);
  assert.equal(cats.parent, pets);
  assert.equal(trunk.children[1], topics[1]);
  assert.deepEqual(branches(undefined, new Map()), []);
});
