// What the page carries: one JSON record, packed arrays, and texts in compressed chunks.

import { byId } from "./dom.js";

async function unpack(base64) {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

const packedArray = async (packed, Type) => (packed ? new Type(await unpack(packed)) : null);

/** The record, with its arrays unpacked. Typed arrays are little-endian on every machine that runs a browser. */
export async function readRecord() {
  const record = JSON.parse(byId("record").textContent);
  const [flat, topicRows, bins, classes] = await Promise.all([
    packedArray(record.positions, Uint16Array),
    packedArray(record.topicRows, Uint16Array),
    packedArray(record.bins, Int16Array),
    packedArray(record.classRows, Int16Array),
  ]);
  const n = record.n;
  return { ...record, n, x: flat.subarray(0, n), y: flat.subarray(n), topicRows, bins, classRows: classes };
}

/** Titles and texts, unpacked a chunk at a time and kept. */
export class Texts {
  constructor(size) {
    this.size = size;
    this.sources = [...document.querySelectorAll("script.texts")];
    this.chunks = new Map();
    this.folded = new Map();
  }

  async chunk(index) {
    if (!this.chunks.has(index)) {
      const reading = unpack(this.sources[index].textContent).then((bytes) => {
        const [titles, texts] = JSON.parse(new TextDecoder().decode(bytes));
        return { titles, texts };
      });
      this.chunks.set(index, reading);
    }
    return this.chunks.get(index);
  }

  async get(row) {
    const { titles, texts } = await this.chunk(Math.floor(row / this.size));
    const at = row % this.size;
    return { title: titles[at], text: texts[at] };
  }

  /** Rows whose title and text hold every term; yields to the page between chunks; null when `stale()` says so. */
  async search(terms, n, stale) {
    const found = new Uint8Array(n);
    for (let index = 0; index < this.sources.length; index++) {
      if (!this.folded.has(index)) {
        const { titles, texts } = await this.chunk(index);
        this.folded.set(index, texts.map((text, i) => fold(`${titles[i]}\n${text}`)));
      }
      if (index % 4 === 3) await new Promise((resume) => setTimeout(resume));
      if (stale()) return null;
      const start = index * this.size;
      this.folded.get(index).forEach((text, i) => {
        if (terms.every((term) => text.includes(term))) found[start + i] = 1;
      });
    }
    return found;
  }
}

/** Lower case without accents, so that "uber" finds "Über". */
export const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
