// Playwright for tests in another language: a line of JSON is a call of a method, as
// {"on": 1, "method": "getByRole", "arguments": ["button", {"name": "Sign in"}]}; the answer is a line
// with the value, or with the number under which an object that cannot be written down is kept.
// Objects given as arguments are {"$": number}; what stands in {"js": text} is a function.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

// What listeners noted ("notes.push(...)" in their text); 1 for whoever reads it.
globalThis.notes = [];
const objects = new Map([[0, chromium], [1, globalThis.notes]]);
let next = 2;

function taken(argument) {
  if (Array.isArray(argument)) return argument.map(taken);
  if (argument === null || typeof argument !== "object") return argument;
  if ("$" in argument) return objects.get(argument.$);
  if ("js" in argument) return (0, eval)(`(${argument.js})`);
  return Object.fromEntries(Object.entries(argument).map(([name, value]) => [name, taken(value)]));
}

const isPlain = (value) => {
  if (value === null || typeof value !== "object") return typeof value !== "function";
  if (Array.isArray(value)) return value.every(isPlain);
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
};

function kept(value) {
  if (Buffer.isBuffer(value)) return { base64: value.toString("base64") };
  if (value === undefined || isPlain(value)) return { value: value ?? null };
  if (Array.isArray(value)) return { list: value.map(kept) };
  objects.set(next, value);
  return { $: next++ };
}

async function carryOut({ on, method, arguments: given, forget }) {
  forget.forEach((number) => objects.delete(number));
  const object = objects.get(on);
  // A property, as page.keyboard is.
  if (typeof object[method] !== "function") return kept(object[method]);
  return kept(await object[method](...given.map(taken)));
}

// One after another, as they came: a test waits for each answer anyway.
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await carryOut(JSON.parse(line));
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
