/** Bundles every *.test.ts of test/ and src/ and runs them with Node's test runner. */
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outdir = join(root, "node_modules", ".cache", "tests");

const entryPoints = ["test", "src"]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(root, folder, name)),
  )
  .filter((path) => /\.test\.tsx?$/.test(path));

rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints,
  outdir,
  outbase: root,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".css": "text" },
  sourcemap: "inline",
  logLevel: "warning",
});

const bundled = readdirSync(outdir, { recursive: true })
  .filter((name) => name.endsWith(".test.mjs"))
  .map((name) => join(outdir, name));
const { status } = spawnSync(
  process.execPath,
  ["--enable-source-maps", "--test", "--test-reporter=spec", ...bundled],
  {
    cwd: root,
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
