/** Bundles what the fuzzer of tests/fuzz drives: `node build.mjs FOLDER`. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const common = {
  outdir: process.argv[2],
  bundle: true,
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".css": "text" },
  logLevel: "warning",
};

await build({
  ...common,
  entryPoints: [join(here, "worker.ts")],
  outExtension: { ".js": ".mjs" },
  platform: "node",
  format: "esm",
});
await build({ ...common, entryPoints: [join(here, "page.ts")], format: "iife" });
