// One script and one style sheet, which the Python package puts into each report. They are not minified: a report's
// code can be read and its changes reviewed, and beside the texts its size does not matter.

import { defineConfig } from "vite";

export default defineConfig({
  build: {
    lib: { entry: "src/main.js", formats: ["iife"], name: "leitmotif", fileName: () => "explorer.js", cssFileName: "explorer" },
    outDir: "../src/leitmotif/explorer/page",
    emptyOutDir: false,
    minify: false,
    cssMinify: false,
    target: "es2022",
    reportCompressedSize: false,
  },
});
