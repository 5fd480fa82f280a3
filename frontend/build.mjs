/** Bundles the page into one ES module, tb_explain/static/index.js, and states its size. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outfile = join(here, "..", "tb_explain", "static", "index.js");
const BUDGET = 120 * 1024; // bytes, gzipped: what a first visit over a slow tunnel can bear

const options = {
  absWorkingDir: here,
  entryPoints: ["src/index.ts"],
  outfile,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "inline",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".css": "text" },
  logLevel: "info",
};

/** Bundled CSS comes in as text; this takes out what only its authors need. */
const minifiedCss = {
  name: "minified-css",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const css = readFileSync(path, "utf8");
      const { code } = await esbuild.transform(css, { loader: "css", minify: true });
      return { contents: code, loader: "text" };
    });
  },
};

if (process.argv.includes("--watch")) {
  const context = await esbuild.context({ ...options, plugins: [minifiedCss] });
  await context.watch();
} else {
  await esbuild.build({ ...options, plugins: [minifiedCss] });
  const size = gzipSync(readFileSync(outfile), { level: 6 }).length;
  console.log(`${(size / 1024).toFixed(1)} of ${BUDGET / 1024} KB gzipped`);
  if (size > BUDGET) {
    console.error("The bundle is over its budget.");
    process.exitCode = 1;
  }
}
