// The controls around the map: what they offer, and what happens when they are used.

import { setTheme } from "./colours.js";
import { byId, make } from "./dom.js";

const THEMES = ["auto", "light", "dark"];
const PATIENCE = 180; // milliseconds after the last key before a search begins
const STEPS = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };

/** Only what this corpus has: no colours by time without dates, no switch for outliers where there are none. */
export function offer(app) {
  const { record } = app;
  const ways = ["topic", record.binLabels && "time", record.classNames && "class"].filter(Boolean);
  const select = byId("colour-by");
  select.replaceChildren(...ways.map((way) => make("option", { value: way }, way)));
  select.closest("label").hidden = ways.length < 2;
  byId("outliers-label").hidden = !record.topics.some((topic) => topic.id < 0);
  byId("shape").hidden = !app.branches.length;
}

export function listen(app) {
  const on = (id, name, listener) => byId(id).addEventListener(name, listener);
  on("colour-by", "change", (event) => ((app.colourBy = event.target.value), app.refresh()));
  on("outliers", "change", (event) => ((app.outliers = event.target.checked), app.refresh()));
  on("zoom-in", "click", () => zoom(app, 1.8));
  on("zoom-out", "click", () => zoom(app, 1 / 1.8));
  on("zoom-all", "click", () => app.fly(app.camera.home));
  on("theme", "click", () => nextTheme(app));
  for (const button of byId("shape").querySelectorAll("button")) button.addEventListener("click", () => shape(button.value));
  let typing;
  on("search", "input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => app.search(), PATIENCE);
  });
  on("search-form", "submit", (event) => (event.preventDefault(), app.search()));
  on("points", "keydown", (event) => steer(app, event));
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, select, textarea");
    if (event.key === "Escape") {
      if (writing) event.target.blur();
      app.clear();
    } else if (event.key === "/" && !writing) {
      event.preventDefault();
      byId("search").focus();
    }
  });
}

function zoom(app, factor) {
  const { x, y, k } = app.camera;
  app.fly({ x, y, k: k * factor });
}

/** The keys of the map. */
function steer(app, event) {
  const { camera } = app;
  const closer = { "+": 1.35, "=": 1.35, "-": 1 / 1.35 }[event.key];
  if (STEPS[event.key]) camera.panBy(...STEPS[event.key]);
  else if (closer) camera.zoomAt(camera.width / 2, camera.height / 2, closer);
  else if (event.key === "0") app.fly(camera.home);
  else return;
  event.preventDefault();
  app.draw();
}

function nextTheme(app) {
  const now = THEMES.indexOf(document.documentElement.dataset.theme ?? "auto");
  const theme = THEMES[(now + 1) % THEMES.length];
  setTheme(theme);
  app.refresh();
  app.say(`Colours: ${theme}`);
}

/** The topics as a list or as a tree. */
function shape(wish) {
  for (const button of byId("shape").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === wish));
  byId("topic-list").hidden = byId("sorting").hidden = wish !== "list";
  byId("topic-tree").hidden = wish !== "tree";
}
