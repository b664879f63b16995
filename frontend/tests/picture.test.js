import assert from "node:assert/strict";
import { test } from "node:test";

import { Camera } from "../src/camera.js";
import { Cells } from "../src/cells.js";
import { room } from "../src/names.js";
import { Painting, covers, stamps } from "../src/raster.js";

function camera(width = 400, height = 200) {
  const made = new Camera();
  made.resize(width, height);
  made.home = { x: 100, y: 50, k: 2 };
  made.set(made.home);
  return made;
}

test("the screen and the map are each other's opposites, also when zoomed and stretched", () => {
  const made = camera();
  made.tall = 1.3;
  for (const step of [() => {}, () => made.panBy(30, -12), () => made.zoomAt(70, 20, 3)]) {
    step();
    const [px, py] = made.toScreen(...made.toMap(123, 45));
    assert.ok(Math.abs(px - 123) < 1e-9 && Math.abs(py - 45) < 1e-9);
  }
  const before = made.toMap(70, 20);
  made.zoomAt(70, 20, 0.5);
  made.toMap(70, 20).forEach((value, i) => assert.ok(Math.abs(value - before[i]) < 1e-9));
});

test("a stamp covers as much as its disc", () => {
  for (const radius of [0.75, 1, 2.6, 9]) {
    for (const mask of stamps(radius, 0.5).masks) {
      const cover = mask.reduce((a, b) => a + b, 0) / 256;
      assert.ok(Math.abs(cover / (0.5 * Math.PI * radius ** 2) - 1) < 0.06, `${radius}: ${cover}`);
    }
  }
});

const code = (x, y) => Array.from({ length: 16 }, (_, bit) => ((x >> bit) & 1) * 4 ** bit + ((y >> bit) & 1) * 2 * 4 ** bit).reduce((a, b) => a + b);

function painted(places, states, view) {
  const rows = places.map(([x, y], i) => [code(x, y), i]).sort((a, b) => a[0] - b[0]);
  const colours = new Uint8Array(rows.flatMap(([, i]) => [200 - i, 10 * i, 50, 255]));
  const present = [0, 1, 2, 3].map((state) => Number(states.includes(state)));
  const image = { width: 60, height: 40, data: new Uint8ClampedArray(60 * 40 * 4) };
  const look = { colours, states: Uint8Array.from(rows, ([, i]) => states[i]), present };
  const painting = new Painting(image, new Cells(Uint32Array.from(rows, ([one]) => one)), look, view);
  assert.equal(painting.step(-Infinity), false); // no time, no work
  assert.equal(painting.step(Infinity), true);
  return (x, y) => [...image.data.subarray(4 * (60 * y + x), 4 * (60 * y + x) + 4)];
}

test("points are painted at their places in their colours, the chosen over the dim", () => {
  const view = { x: 1000, y: 1000, k: 1, tall: 1, ratio: 1, radius: 3, opacity: { dim: 0.5, shown: 1 } };
  const at = painted([[1000, 1000], [1010, 1010], [1000, 990], [1000, 1000], [1020, 1000]], [1, 2, 1, 3, 0], view);
  assert.deepEqual(at(30, 20), [197, 30, 50, 255]); // the chosen one lies over the dim one
  assert.deepEqual(at(40, 10), [199, 10, 50, 255]); // y grows upwards on the map
  const [r, g, b, alpha] = at(30, 30);
  assert.ok(Math.abs(alpha - 127) <= 2 && Math.abs(r - 198) <= 3 && Math.abs(g - 20) <= 3 && Math.abs(b - 50) <= 3);
  assert.deepEqual(at(50, 20), [0, 0, 0, 0]); // hidden
  assert.deepEqual(at(5, 5), [0, 0, 0, 0]);
});

test("a picture covers the window until one has moved by its margin", () => {
  const made = camera();
  const view = { x: made.x, y: made.y, k: made.k, tall: 1, margin: 0.5, windowWidth: 400, windowHeight: 200 };
  assert.ok(covers(view, made, 0) && covers(view, made, 0.9));
  made.panBy(150, 0);
  assert.ok(covers(view, made, 0.2) && !covers(view, made, 0.3));
  made.panBy(51, 0);
  assert.ok(!covers(view, made, 0));
  made.set({ x: view.x, y: view.y, k: view.k / 2.1 });
  assert.ok(!covers(view, made, 0));
});

test("a name finds room beside another, or none", () => {
  const window = { width: 1000, height: 1000 };
  const placed = [{ x: 500, y: 500, width: 100, height: 20 }];
  assert.deepEqual(room(500, 500, 100, 10, [], window), { x: 500, y: 500 });
  const spot = room(500, 495, 100, 30, placed, window);
  assert.ok(Math.abs(spot.y - 500) * 2 >= 50);
  const crowd = [-40, -20, 0, 20, 40].flatMap((dy) => [-100, 0, 100].map((dx) => ({ x: 500 + dx, y: 500 + dy, width: 100, height: 20 })));
  assert.equal(room(500, 500, 100, 20, crowd, window), null);
  assert.deepEqual(room(3, 500, 100, 20, [], window), { x: 50, y: 500 }); // within the window
});
