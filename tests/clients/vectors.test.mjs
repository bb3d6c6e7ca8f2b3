import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { createMachine } from "../../packages/chanx-core/src/chanx/asyncapi/clients/typescript/compiled/machine.js";
import { play } from "./vectors.mjs";

const here = new URL(".", import.meta.url);
const files = readdirSync(here).filter((name) => /vectors.*\.json$/.test(name));

assert.ok(files.length > 1);
for (const file of files) {
  for (const vector of JSON.parse(readFileSync(new URL(file, here)))) {
    test(`${file}: ${vector.name}`, () => play(vector, createMachine));
  }
}
