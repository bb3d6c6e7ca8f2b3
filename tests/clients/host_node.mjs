// Plays the client's side of vectors under Node.js: a line of JSON in, a line of JSON out.

import { createInterface } from "node:readline";
import * as runtime from "../../packages/chanx-core/src/chanx/asyncapi/clients/typescript/compiled/index.js";
import { begin, step, take } from "./host.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  const result =
    name === "begin" ? await begin(runtime, ...given) : await { step, take }[name](...given);
  process.stdout.write(`${JSON.stringify(result ?? null)}\n`);
}
process.exit(0);
