// Parses AsyncAPI documents with the official parser: one JSON object of documents by name on the
// standard input, one of diagnostics by name on the standard output. All in one process, since
// loading the parser takes longer than parsing.
import { Parser } from "@asyncapi/parser";
import { text } from "node:stream/consumers";

const parser = new Parser();
const diagnostics = {};
for (const [name, document] of Object.entries(JSON.parse(await text(process.stdin)))) {
  const parsed = await parser.parse(document);
  diagnostics[name] = parsed.diagnostics.map(({ code, severity, message, path }) => ({
    code,
    severity,
    message,
    path: path.join("/"),
  }));
}
process.stdout.write(JSON.stringify(diagnostics));
