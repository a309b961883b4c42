// node pack.mjs DIST OUTPUT: puts the files of DIST one after another into OUTPUT/pages.bin, plain
// and compressed, and says in OUTPUT/pages.cc where each of them lies (src/registry/web/pages.h).
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [DIST, OUTPUT] = process.argv.slice(2);

const MEDIA_TYPES = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

// The first segments of the addresses in app.tsx; "/" has none.
async function addresses() {
  const source = await readFile(new URL("src/app.tsx", import.meta.url), "utf8");
  const segments = [...source.matchAll(/<Route path="\/([^/"]+)/g)].map((match) => match[1]);
  return [...new Set(segments)];
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.slice(folder.length))
    .sort();
}

const parts = [];
let offset = 0;
function place(bytes) {
  const placed = `part(${offset}, ${bytes.length})`;
  parts.push(bytes);
  offset += bytes.length;
  return placed;
}

const rows = [];
for (const path of await filesBelow(DIST)) {
  const mediaType = MEDIA_TYPES[path.split(".").at(-1)];
  if (mediaType === undefined) throw new Error(`no media type is known for ${path}`);
  const plain = await readFile(DIST + path);
  const etag = createHash("sha256").update(plain).digest("hex").slice(0, 32);
  const brotli = brotliCompressSync(plain, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
  });
  const forms = [plain, gzipSync(plain, { level: 9 }), brotli].map(place).join(", ");
  rows.push(`      {"${path}", "${mediaType}", "${etag}",\n       ${forms}},`);
}
const list = (await addresses()).map((segment) => `"${segment}"`).join(", ");

await mkdir(OUTPUT, { recursive: true });
await writeFile(`${OUTPUT}/pages.bin`, Buffer.concat(parts));
await writeFile(
  `${OUTPUT}/pages.cc`,
  `// Made by pack.mjs.
#include "registry/web/pages.h"

extern "C" const char estiba_pages[];

namespace estiba::registry::web {
namespace {

std::string_view part(std::size_t offset, std::size_t size_bytes) {
  return {estiba_pages + offset, size_bytes};
}

}  // namespace

Pages embedded_pages() {
  static const PageFile files[] = {
${rows.join("\n")}
  };
  static const std::string_view addresses[] = {${list}};
  return {files, addresses};
}

}  // namespace estiba::registry::web
`,
);
