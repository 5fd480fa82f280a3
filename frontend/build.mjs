/**
 * Bundles the page into tb_explain/static and states its size.
 *
 * `index.js` is what TensorBoard imports: one line, which names `page-<hash>.js`. That holds the
 * shell and all code that several panels use; `<panel>-<hash>.js` holds what is a panel's own
 * (its parts.ts), and imports the page's file only; `glossary-<hash>.js` holds all definitions. A
 * hash is of the content, so that browsers may keep these files for good.
 *
 * `report.js` is the same page in one script, for reports that are opened from disk; TensorBoard
 * neither names nor serves it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "..", "tb_explain", "static");
// Bytes, gzipped, of the page and its largest panel: what a first visit over a slow tunnel can bear.
const BUDGET = 120 * 1024;
const ENTRY = "src/index.ts";
const GLOSSARY = "src/glossary/entries.ts";
const SHARED = "shared-by-panels";
const REPORT = "report.js";

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

/** A module that imports `paths`; injected, it puts them into one file, whoever uses them. */
function sharedModule(paths) {
  const contents = paths.map((path) => `import ${JSON.stringify(`./${path}`)};`).join("\n");
  return {
    name: SHARED,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${SHARED}$`) }, ({ path }) => ({
        path,
        namespace: SHARED,
      }));
      build.onLoad({ filter: /.*/, namespace: SHARED }, () => ({ contents, resolveDir: here }));
    },
  };
}

/** How all our bundles are made. */
const COMMON = {
  absWorkingDir: here,
  outdir,
  bundle: true,
  target: "es2022",
  minify: true,
  legalComments: "inline",
  jsx: "automatic",
  jsxImportSource: "preact",
  write: false,
  logLevel: "warning",
};

function bundle(options) {
  const panels = readdirSync(join(here, "src/panels"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [name, `src/panels/${name}/parts.ts`]);
  return esbuild.build({
    ...COMMON,
    entryPoints: { index: ENTRY, glossary: GLOSSARY, ...Object.fromEntries(panels) },
    entryNames: "[name]-[hash]",
    chunkNames: "page-[hash]",
    splitting: true,
    format: "esm",
    metafile: true,
    ...options,
  });
}

/** Returns the script of a report. */
async function reportScript() {
  const { outputFiles } = await esbuild.build({
    ...COMMON,
    entryPoints: { report: "src/report/index.ts" },
    format: "iife",
    charset: "utf8",
    plugins: [minifiedCss],
  });
  return outputFiles[0].contents;
}

/** Returns our modules that more than one entry point reaches, the entry first. */
async function sharedPaths() {
  const { metafile } = await bundle({ plugins: [minifiedCss], logLevel: "silent" });
  const shared = Object.values(metafile.outputs)
    .filter(({ entryPoint }) => !entryPoint)
    .flatMap(({ inputs }) => Object.keys(inputs));
  // Data comes with the module that imports it.
  return [ENTRY, ...shared.filter((path) => /^src\/.*\.tsx?$/.test(path) || path.endsWith(".css"))];
}

/** Returns the files to write, by name. */
async function pageFiles() {
  const plugins = [minifiedCss, sharedModule(await sharedPaths())];
  const { outputFiles } = await bundle({ plugins, inject: [SHARED] });
  const files = new Map();
  for (const { path, contents } of outputFiles) {
    const name = basename(path);
    files.set(name.startsWith("index-") ? "index.js" : name, contents);
  }
  files.set(REPORT, await reportScript());
  return files;
}

/** Writes `files`, the entry last, and takes away what an earlier build left. */
function write(files) {
  mkdirSync(outdir, { recursive: true });
  const entryLast = [...files].sort(
    ([a], [b]) => Number(a === "index.js") - Number(b === "index.js"),
  );
  for (const [name, contents] of entryLast) writeFileSync(join(outdir, name), contents);
  for (const name of readdirSync(outdir)) {
    if (!files.has(name)) rmSync(join(outdir, name), { recursive: true });
  }
}

/** Prints what each file weighs; returns whether a first visit stays within its budget. */
function weigh(files) {
  const weighed = [...files].map(([name, contents]) => [
    name,
    gzipSync(contents, { level: 6 }).length,
  ]);
  for (const [name, size] of weighed) console.log(`${kilobytes(size).padStart(7)} KB  ${name}`);
  console.log(`report: ${kilobytes(files.get(REPORT).length)} KB as it lies in a report`);
  const sizes = weighed.filter(([name]) => name !== REPORT);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  const panels = sizes.filter(([name]) => !/^(index\.|page-)/.test(name)).map(([, size]) => size);
  const all = panels.reduce((sum, size) => sum + size, 0);
  const first = total - all + Math.max(...panels);
  console.log(
    `page and largest panel: ${kilobytes(first)} of ${kilobytes(BUDGET)} KB gzipped; ` +
      `all: ${kilobytes(total)} KB`,
  );
  return first <= BUDGET;
}

const kilobytes = (bytes) => (bytes / 1024).toFixed(1);

async function build() {
  try {
    const files = await pageFiles();
    write(files);
    if (!weigh(files)) throw new Error("The page is over its budget.");
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

await build();
if (process.argv.includes("--watch")) {
  let timer;
  watch(join(here, "src"), { recursive: true }, () => {
    clearTimeout(timer);
    // Editors write a file in several steps.
    timer = setTimeout(build, 100);
  });
}
