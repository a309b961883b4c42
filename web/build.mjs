// Bundles the pages into dist/, or the folder that is given: files named by their content, and the
// page that loads them.
import { build } from "esbuild";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";

const FIRST_LOAD_LIMIT = 150 * 1024; // bytes, compressed

const DIST = process.argv[2] ?? "dist";

await rm(DIST, { recursive: true, force: true });
await mkdir(DIST, { recursive: true });
await cp("static", DIST, { recursive: true });

const result = await build({
  entryPoints: { app: "src/main.tsx", style: "src/style.css" },
  outdir: `${DIST}/assets`,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  metafile: true,
  legalComments: "none",
});

// What the entry imports before it runs, itself included.
function statically(output, outputs, found = new Set()) {
  if (found.has(output)) return found;
  found.add(output);
  for (const imported of outputs[output].imports) {
    if (imported.kind === "import-statement") statically(imported.path, outputs, found);
  }
  return found;
}

const outputs = result.metafile.outputs;
const entryOf = (source) =>
  Object.keys(outputs).find((name) => outputs[name].entryPoint === source);
const script = entryOf("src/main.tsx");
const style = entryOf("src/style.css");

const page = (await readFile("index.html", "utf8"))
  .replace("{{script}}", `/assets/${basename(script)}`)
  .replace("{{style}}", `/assets/${basename(style)}`);
await writeFile(`${DIST}/index.html`, page);

let total = gzipSync(page).length;
for (const name of [...statically(script, outputs), style]) {
  total += gzipSync(await readFile(name)).length;
}
console.log(`first load: ${(total / 1024).toFixed(1)} KiB compressed`);
if (total > FIRST_LOAD_LIMIT) {
  console.error(`The first load may weigh ${FIRST_LOAD_LIMIT / 1024} KiB at most.`);
  process.exit(1);
}
