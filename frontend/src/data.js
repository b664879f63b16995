// What the page carries: one JSON record, packed arrays, and texts in compressed chunks that are unpacked when needed.

import { byId } from "./dom.js";
import { Cells } from "./cells.js";

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function unpack(base64) {
  const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Whole numbers from their bytes, all lowest ones first. */
export function fromPlanes(planes, Type) {
  const width = Type.BYTES_PER_ELEMENT;
  const n = planes.length / width;
  const values = new Type(n);
  for (let b = 0; b < width; b++) for (let i = 0; i < n; i++) values[i] |= planes[b * n + i] << (8 * b);
  return values;
}

/** Running sums, in place. */
export function summed(values) {
  for (let i = 1; i < values.length; i++) values[i] += values[i - 1];
  return values;
}

const packedArray = async (packed, Type) => (packed ? fromPlanes(await unpack(packed), Type) : null);

export async function readRecord() {
  const record = JSON.parse(byId("record").textContent);
  const [steps, topicRows, bins, classRows] = await Promise.all([
    packedArray(record.places, Uint32Array),
    packedArray(record.topicRows, Uint16Array),
    packedArray(record.bins, Int16Array),
    packedArray(record.classRows, Int16Array),
  ]);
  const cells = new Cells(summed(steps));
  return { ...record, n: cells.n, cells, x: cells.x, y: cells.y, topicRows, bins, classRows };
}

const KEPT = 60; // chunks whose texts stay unpacked
const PATIENCE = 12; // milliseconds of searching before the page may draw

/** Titles and texts. The page may be open while its last chunks are still being read. */
export class Texts {
  constructor(size, n) {
    this.size = size;
    this.nChunks = Math.ceil(n / size);
    this.chunks = new Map();
    this.folded = [];
  }

  async #packed(index) {
    const found = byId(`texts-${index}`);
    if (found || document.readyState !== "loading") return found.textContent;
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
    return byId(`texts-${index}`).textContent;
  }

  async #read(index) {
    const [titles, texts] = JSON.parse(new TextDecoder().decode(await unpack(await this.#packed(index))));
    return { titles, texts };
  }

  #chunk(index) {
    if (!this.chunks.has(index)) {
      if (this.chunks.size >= KEPT) this.chunks.delete(this.chunks.keys().next().value);
      this.chunks.set(index, this.#read(index));
    }
    return this.chunks.get(index);
  }

  async get(row) {
    const { titles, texts } = await this.#chunk(Math.floor(row / this.size));
    const at = row % this.size;
    return { title: titles[at], text: texts[at] };
  }

  /** Rows (a byte each) whose title and text hold every term; null when `stale()` says so. `progress(part)` is told now and then. */
  async search(terms, n, stale, progress) {
    const found = new Uint8Array(n);
    let began = performance.now();
    for (let index = 0; index < this.nChunks; index++) {
      this.folded[index] ??= foldedChunk(await this.#read(index));
      matching(this.folded[index], terms, found.subarray(index * this.size));
      if (performance.now() - began > PATIENCE) {
        progress(index / this.nChunks);
        await new Promise((resume) => setTimeout(resume));
        began = performance.now();
      }
      if (stale()) return null;
    }
    return found;
  }
}

/** Titles and texts of a chunk as one folded text, and where each document begins in it. */
export function foldedChunk({ titles, texts }) {
  const parts = texts.map((text, i) => fold(`${titles[i]}\n${text}\u0000`));
  const starts = new Uint32Array(parts.length + 1);
  parts.forEach((part, i) => (starts[i + 1] = starts[i] + part.length));
  return { whole: parts.join(""), starts };
}

/** Sets `found[i]` for the documents that hold every term. */
export function matching({ whole, starts }, terms, found) {
  const hits = new Uint8Array(starts.length - 1);
  terms.forEach((term, t) => {
    let i = 0;
    for (let at = whole.indexOf(term); at >= 0; at = whole.indexOf(term, starts[i + 1])) {
      while (starts[i + 1] <= at) i++;
      if (hits[i] === t) hits[i] = t + 1;
      if (i + 2 === starts.length) break;
    }
  });
  hits.forEach((n, i) => n === terms.length && (found[i] = 1));
}

/** Lower case without accents, so that "uber" finds "Über". */
export function fold(text) {
  const lower = text.toLowerCase();
  return /^[\0-\x7f]*$/.test(lower) ? lower : lower.normalize("NFD").replace(/\p{M}/gu, "");
}
