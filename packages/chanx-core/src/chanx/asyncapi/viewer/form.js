import { button, el, fixedField, labelled } from "./dom.js";
import { sampleOf } from "./sample.js";
import { asList, isObject } from "./references.js";
import { entriesOf, flattened, typeText, variantsOf } from "./schema_text.js";
import { fixedValues, validate } from "./validator.js";

/**
 * A form for a value of a schema: `{node, read}`. What a form cannot show is edited as JSON; optional
 * parts are made when they are wanted, so that recursive schemas end.
 */
export function formFor(source, schema, value, changed, label = "Value") {
  const flat = flattened(source, schema);
  const make = makerFor(source, flat);
  return make({ source, schema: flat, value, changed, label, hint: isObject(flat) ? flat.description : undefined });
}

function makerFor(source, schema) {
  if (!isObject(schema)) return jsonField;
  if (fixedValues(schema)?.length === 1) return constantField;
  if (Array.isArray(schema.enum)) return choiceField;
  if (variantsOf(source, schema).length) return variantField;
  if (isObject(schema.properties)) return objectField;
  const makers = { boolean: booleanField, string: textField, number: numberField, integer: numberField, array: listField };
  return (!Array.isArray(schema.type) && makers[schema.type]) || jsonField;
}

function constantField({ schema, label }) {
  const [value] = fixedValues(schema);
  return { node: fixedField(label, JSON.stringify(value)), read: () => value };
}

function choiceField({ schema, value, changed, label, hint }) {
  const options = schema.enum.map((item, index) => el("option", { value: index }, typeof item === "string" ? item : JSON.stringify(item)));
  const select = el("select", { change: changed }, options);
  select.selectedIndex = Math.max(0, schema.enum.findIndex((item) => JSON.stringify(item) === JSON.stringify(value)));
  return { node: labelled(label, select, hint), read: () => schema.enum[select.selectedIndex] };
}

function booleanField({ value, changed, label, hint }) {
  const select = el("select", { change: changed }, el("option", "true"), el("option", "false"));
  select.selectedIndex = value === true ? 0 : 1;
  return { node: labelled(label, select, hint), read: () => select.selectedIndex === 0 };
}

function textField({ schema, value, changed, label, hint }) {
  const isLong = schema.maxLength === undefined || schema.maxLength > 200;
  const input = el(isLong ? "textarea" : "input", { input: changed, rows: isLong ? 1 : null, spellcheck: "false", dir: "auto" });
  input.value = typeof value === "string" ? value : "";
  return { node: labelled(label, input, hint ?? schema.format), read: () => input.value };
}

function numberField({ value, changed, label, hint }) {
  const input = el("input", { input: changed, inputmode: "decimal" });
  input.value = typeof value === "number" ? String(value) : "";
  // What is not a number stays as text, for the check before sending to tell.
  return { node: labelled(label, input, hint), read: () => (input.value.trim() !== "" && !Number.isNaN(Number(input.value)) ? Number(input.value) : input.value) };
}

function jsonField({ value, changed, label, hint }) {
  const area = el("textarea.code", { input: changed, rows: 2, spellcheck: "false" });
  area.value = value === undefined ? "null" : JSON.stringify(value, null, 2);
  const read = () => {
    try {
      return JSON.parse(area.value);
    } catch {
      return area.value;
    }
  };
  return { node: labelled(`${label} (JSON)`, area, hint), read };
}

function objectField({ source, schema, value, changed, label, hint }) {
  const given = isObject(value) ? value : {};
  const required = asList(schema.required);
  const parts = entriesOf(schema.properties).map(([name, part]) =>
    required.includes(name)
      ? { name, ...formFor(source, part, given[name] ?? sampleOf(source, part), changed, name) }
      : { name, ...optionalField(source, part, given[name], changed, name) },
  );
  const known = parts.map(({ name }) => name);
  // What the form has no field for is kept.
  const rest = Object.fromEntries(entriesOf(given).filter(([name]) => !known.includes(name)));
  return {
    node: group(label, hint, parts.map(({ node }) => node)),
    read: () => Object.fromEntries([...parts.map(({ name, read }) => [name, read()]), ...entriesOf(rest)].filter(([, item]) => item !== undefined)),
  };
}

function optionalField(source, schema, value, changed, name) {
  let form = null;
  const place = el("div");
  const node = el("div.optional", place);
  const show = (initial) => {
    form = initial === undefined ? null : formFor(source, schema, initial, changed, name);
    const toggle = form
      ? button("Remove", () => (show(undefined), changed()), { class: "small", "aria-label": `Remove ${name}` })
      : button(`Add ${name}`, () => (show(sampleOf(source, schema) ?? null), changed()), { class: "small" });
    place.replaceChildren(...(form ? [form.node, toggle] : [toggle]));
  };
  show(value);
  return { node, read: () => form?.read() };
}

function listField({ source, schema, value, changed, label, hint }) {
  if (!isObject(schema.items)) return jsonField({ value: value ?? [], changed, label, hint });
  const items = [];
  const place = el("div");
  const redraw = () => place.replaceChildren(...items.map(({ node }) => node));
  const add = (initial) => {
    const form = formFor(source, schema.items, initial, changed, `${label}, item`);
    const item = { read: form.read };
    const remove = () => (items.splice(items.indexOf(item), 1), redraw(), changed());
    item.node = el("div.item", form.node, button("Remove", remove, { class: "small", "aria-label": `Remove an item of ${label}` }));
    items.push(item);
  };
  asList(value).forEach(add);
  redraw();
  const more = button("Add item", () => (add(sampleOf(source, schema.items)), redraw(), changed()), { class: "small", "aria-label": `Add item to ${label}` });
  return { node: group(label, hint, [place, more]), read: () => items.map(({ read }) => read()) };
}

function variantField({ source, schema, value, changed, label, hint }) {
  /** @type {{ schema: any }[]} */
  const variants = variantsOf(source, schema);
  if (asList(schema.oneOf ?? schema.anyOf).length > variants.length) variants.push({ schema: { const: null } });
  if (variants.length === 1) return formFor(source, variants[0].schema, value, changed, label);
  const select = el("select", variants.map((variant) => el("option", typeText(source, variant.schema))));
  const place = el("div");
  let form;
  const show = (initial) => {
    form = formFor(source, variants[select.selectedIndex].schema, initial, changed, label);
    place.replaceChildren(form.node);
  };
  const fitting = variants.findIndex((variant) => value !== undefined && !validate(source, variant.schema, value).length);
  select.selectedIndex = Math.max(0, fitting);
  show(fitting < 0 ? sampleOf(source, variants[0].schema) : value);
  select.addEventListener("change", () => (show(sampleOf(source, variants[select.selectedIndex].schema)), changed()));
  return { node: group(label, hint, [labelled("Kind", select), place]), read: () => form.read() };
}

function group(label, hint, content) {
  return el("fieldset", el("legend", label), hint ? el("small", { dir: "auto" }, hint) : null, content);
}
