// Writes src/api/types.ts, the TypeScript of what the API's OpenAPI document describes, so that
// the pages do not compile against an API that the server does not have.
import { readFile, writeFile } from "node:fs/promises";

const DOCUMENT = new URL("../src/registry/web/openapi.json", import.meta.url);
const document = JSON.parse(await readFile(DOCUMENT, "utf8"));

const nameOf = (reference) => reference.split("/").at(-1);

function typeOf(schema) {
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return union.map(typeOf).join(" | ");
  if (schema.allOf) return schema.allOf.map(typeOf).join(" & ");
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => typeOf({ ...schema, type })).join(" | ");
  }
  switch (schema.type) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array":
      return `(${typeOf(schema.items)})[]`;
    case "object":
      return objectOf(schema);
    default:
      return "unknown";
  }
}

function objectOf(schema) {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => `${JSON.stringify(name)}${required.has(name) ? "" : "?"}: ${typeOf(member)};`,
  );
  if (typeof schema.additionalProperties === "object") {
    members.push(`[name: string]: ${typeOf(schema.additionalProperties)};`);
  }
  return members.length === 0 ? "Record<string, unknown>" : `{ ${members.join(" ")} }`;
}

const types = Object.entries(document.components.schemas)
  .map(([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`)
  .join("\n");
await writeFile(new URL("src/api/types.ts", import.meta.url), `// Made by types.mjs.\n${types}`);
