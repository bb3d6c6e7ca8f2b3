// Compiles the schemas of documents with Ajv in its strict mode: one JSON object of documents by
// name on the standard input, one of what Ajv says by name on the standard output.
import Ajv from "ajv";
import { text } from "node:stream/consumers";

/** What AsyncAPI's Schema Object and chanx add to draft-07. */
const OWN = ["discriminator", "externalDocs", "x-content-schema", "x-format", "x-pattern", "x-widget"];

const { documents, formats } = JSON.parse(await text(process.stdin));
const said = {};
for (const [name, document] of Object.entries(documents)) {
  const lines = (said[name] = []);
  const logger = { log: (line) => lines.push(line), warn: (line) => lines.push(line), error: (line) => lines.push(line) };
  // A named tuple whose fields have defaults is a tuple of no certain length.
  const ajv = new Ajv({ strict: true, strictTuples: false, allowUnionTypes: true, logger });
  ajv.addVocabulary(OWN);
  for (const format of formats) ajv.addFormat(format, true);
  const schemas = Object.entries(document.components?.schemas ?? {});
  const shortened = JSON.stringify(schemas).replaceAll('"#/components/schemas/', '"schema:');
  for (const [key, schema] of JSON.parse(shortened)) ajv.addSchema(schema, `schema:${key}`, false, false);
  for (const [key] of schemas) {
    try {
      ajv.getSchema(`schema:${key}`);
    } catch (error) {
      lines.push(`${key}: ${error.message}`);
    }
  }
}
process.stdout.write(JSON.stringify(said));
