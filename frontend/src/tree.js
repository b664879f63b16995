// The topic tree: branches fold, a click on one shows the documents of all its topics. Keys as in the ARIA tree pattern.

import { css, topicColour } from "./colours.js";
import { byId, documents, make, number } from "./dom.js";

/** Gives every branch its topic rows, its size and a number; leaves of the record are topic ids. */
export function branches(tree, topicById) {
  const all = [];
  const visit = (node, parent) => {
    if (typeof node === "number") return topicById.get(node);
    const branch = { key: all.length, parent, label: node.label };
    all.push(branch);
    branch.children = node.children.map((child) => visit(child, branch));
    branch.rows = branch.children.flatMap((child) => child.rows ?? [child.row]);
    branch.size = branch.children.reduce((total, child) => total + child.size, 0);
    return branch;
  };
  if (tree) visit(tree, null);
  return all;
}

export class TopicTree {
  constructor(app) {
    this.app = app;
    this.root = byId("topic-tree");
    this.open = new Set();
    this.items = [];
    const [trunk] = app.branches;
    if (trunk) this.root.replaceChildren(...this.#items(trunk.children, 1));
    this.root.addEventListener("keydown", (event) => this.#keys(event));
    this.root.querySelector("[role=treeitem]")?.setAttribute("tabindex", "0");
  }

  #items(nodes, level) {
    return [...nodes].sort((a, b) => b.size - a.size).map((node) => this.#item(node, level));
  }

  #item(node, level) {
    const branch = Boolean(node.children);
    const count = make("span", { className: "count" });
    const mark = make("span", { className: branch ? "twist" : "dot", "aria-hidden": "true" });
    const row = make("div", { className: "leaf" }, mark, make("span", { className: "label" }, node.label), count);
    const item = make("li", { role: "treeitem", tabIndex: -1, "aria-level": String(level), "aria-expanded": branch ? "false" : null }, row);
    const entry = { node, item, count, mark, level, group: null };
    this.items.push(entry);
    item.entry = entry;
    row.addEventListener("click", (event) => {
      this.#focus(item);
      if (event.target === mark && branch) this.#fold(entry);
      else this.#choose(entry);
    });
    return item;
  }

  #choose(entry) {
    const { node } = entry;
    if (!node.children) this.app.chooseTopic(this.app.filter.topic === node.id ? null : node.id);
    else {
      if (!entry.item.matches("[aria-expanded=true]")) this.#fold(entry, true);
      this.app.chooseBranch(this.app.filter.branch === node ? null : node);
    }
  }

  /** Open or close a branch; its items are made when it is first opened. */
  #fold(entry, open = entry.item.getAttribute("aria-expanded") !== "true") {
    if (!entry.group) {
      entry.group = make("ul", { role: "group" }, this.#items(entry.node.children, entry.level + 1));
      entry.item.append(entry.group);
      this.render();
    }
    entry.group.hidden = !open;
    entry.item.setAttribute("aria-expanded", String(open));
  }

  render() {
    const { app } = this;
    const hits = app.narrowed() ? app.counts() : null;
    for (const { node, item, count, mark } of this.items) {
      const rows = node.rows ?? [node.row];
      const found = hits ? rows.reduce((total, row) => total + hits[row], 0) : node.size;
      if (!node.children) mark.style.background = css(topicColour(node));
      count.textContent = number(found);
      item.classList.toggle("none", found === 0);
      item.setAttribute("aria-selected", String(node.children ? app.filter.branch === node : app.filter.topic === node.id));
      item.setAttribute("aria-label", `${node.label}, ${node.children ? `${rows.length} topics, ` : ""}${documents(found)}`);
    }
  }

  #focus(item) {
    this.root.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    item.setAttribute("tabindex", "0");
    item.focus({ preventScroll: false });
  }

  #keys(event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item) return;
    const { entry } = item;
    const shown = [...this.root.querySelectorAll("[role=treeitem]")].filter((one) => !one.parentElement.closest("[hidden]"));
    const at = shown.indexOf(item);
    const expanded = item.getAttribute("aria-expanded");
    const go = (to) => to && this.#focus(to);
    const act = {
      ArrowDown: () => go(shown[at + 1]),
      ArrowUp: () => go(shown[at - 1]),
      Home: () => go(shown[0]),
      End: () => go(shown[shown.length - 1]),
      ArrowRight: () => (expanded === "false" ? this.#fold(entry, true) : expanded === "true" && go(shown[at + 1])),
      ArrowLeft: () => (expanded === "true" ? this.#fold(entry, false) : go(item.parentElement.closest("[role=treeitem]"))),
      Enter: () => this.#choose(entry),
      " ": () => this.#choose(entry),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}
