import { el, folded } from "./dom.js";
import { prose } from "./prose.js";
import { asList, isObject } from "./references.js";
import { childrenOf, entriesOf, factsOf, flattened, typeText } from "./schema_text.js";

const OPEN_LEVELS = 2;

/** Shows a schema's fields, what is within them folded; recursive ones unfold for ever. */
export function schemaView(source, schema, level = 0, chain = []) {
  const children = childrenOf(source, schema);
  if (!children.length) return el("div.schema", row(source, { name: "", schema }, level, chain));
  return el("ul.schema", children.map((child) => el("li", row(source, child, level, chain))));
}

function row(source, child, level, chain) {
  const { name, schema, isRequired } = child;
  const flat = flattened(source, schema);
  const details = isObject(flat) ? flat : {};
  const head = [
    name && el("code.name", name),
    " ",
    el("span.type", typeText(source, schema)),
    isRequired && el("span.required", " required"),
    facts(details),
  ];
  const own = isObject(schema) && typeof schema.description === "string" ? schema.description : details.description;
  const body = [prose(own), examples(details)];
  if (!childrenOf(source, schema).length) return el("div.row", head, body);
  const isSeen = chain.includes(flat);
  const fold = folded(head, () => schemaView(source, schema, level + 1, [...chain, flat]), {
    class: "row nested",
    open: level + 1 < OPEN_LEVELS && !isSeen,
  });
  return [fold, body];
}

function facts(schema) {
  const said = factsOf(schema);
  return said.length ? el("span.facts", said.join(", ")) : null;
}

function examples(schema) {
  const shown = asList(schema.examples).slice(0, 3);
  return shown.length
    ? el("div.soft", "for example ", shown.map((item, index) => [index ? ", " : "", el("code", JSON.stringify(item))]))
    : null;
}

/** Shows parameters under a title; nothing for none. */
export function parameterTable(title, schemas, required) {
  const rows = entriesOf(schemas).map(([name, schema]) => ({ name, schema, isRequired: required.includes(name) }));
  if (!rows.length) return null;
  return [
    el("h3", title),
    el("ul.schema", rows.map((child) => el("li", row({}, child, 1, [])))),
  ];
}
