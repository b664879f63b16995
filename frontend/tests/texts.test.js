import assert from "node:assert/strict";
import { test } from "node:test";

import { fold, foldedChunk, matching } from "../src/data.js";

test("letters are compared without case and accents", () => {
  assert.equal(fold("ÜBER Naïve ΣΊΣΥΦΟΣ"), "uber naive σισυφος");
  assert.equal(fold("Plain"), "plain");
});

test("a document is found when its title and text hold every term", () => {
  const titles = ["Cats", "", "Élan", "cats", ""];
  const texts = ["and dogs", "cats and dogs and cats", "vital", "", "dogs"];
  const chunk = foldedChunk({ titles, texts });
  for (const terms of [["cats"], ["dogs"], ["cats", "dogs"], ["dogs", "cats", "and"], ["elan"], ["vital", "cats"], ["s"], ["zebra"], ["d"]]) {
    const found = new Uint8Array(8);
    matching(chunk, terms, found);
    const expected = titles.map((title, i) => Number(terms.every((term) => fold(`${title}\n${texts[i]}`).includes(term))));
    assert.deepEqual([...found.subarray(0, 5)], expected, String(terms));
    assert.deepEqual([...found.subarray(5)], [0, 0, 0]);
  }
});

test("a term never reaches from one document into the next", () => {
  const found = new Uint8Array(2);
  matching(foldedChunk({ titles: ["", ""], texts: ["ab", "cd"] }), ["bc"], found);
  assert.deepEqual([...found], [0, 0]);
});
