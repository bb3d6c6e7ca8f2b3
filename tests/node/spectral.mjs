// Lints AsyncAPI documents by all rules of Spectral's own set for AsyncAPI, recommended or not: one
// JSON object of documents by name on the standard input, one of findings by name on the standard
// output. All in one process, as in parse.mjs.
import core from "@stoplight/spectral-core";
import rulesets from "@stoplight/spectral-rulesets";
import { text } from "node:stream/consumers";

const linter = new core.Spectral();
linter.setRuleset({ extends: [[rulesets.asyncapi, "all"]] });
const findings = {};
for (const [name, document] of Object.entries(JSON.parse(await text(process.stdin)))) {
  const found = await linter.run(document);
  findings[name] = found.map(({ code, message, path }) => ({ code, message, path: path.join("/") }));
}
process.stdout.write(JSON.stringify(findings));
