// Generates TypeScript from documents with AsyncAPI's Modelina and reads it with TypeScript: one
// JSON object of documents by name on the standard input, one of what is wrong by name on the
// standard output, and of how many types there are.
import { TypeScriptGenerator } from "@asyncapi/modelina";
import { text } from "node:stream/consumers";
import typescript from "typescript";

const results = {};
for (const [name, document] of Object.entries(JSON.parse(await text(process.stdin)))) {
  try {
    const models = await new TypeScriptGenerator({ modelType: "interface" }).generate(document);
    const source = models.map(({ result }) => result).join("\n");
    const { diagnostics } = typescript.transpileModule(source, { reportDiagnostics: true });
    const wrong = diagnostics.map(({ messageText }) => typescript.flattenDiagnosticMessageText(messageText, " "));
    results[name] = { types: models.map(({ modelName }) => modelName), wrong };
  } catch (error) {
    results[name] = { types: [], wrong: [String(error.message)] };
  }
}
process.stdout.write(JSON.stringify(results));
