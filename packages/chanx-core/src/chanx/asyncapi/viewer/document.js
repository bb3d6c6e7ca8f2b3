import { messageName, payloadSchema } from "./matching.js";
import { asList, asObject, isObject, nameOf, resolve, sortedBy } from "./references.js";
import { entriesOf, flattened } from "./schema_text.js";

/**
 * Reads an AsyncAPI 3 document into what the page shows. Nothing in it is relied on: what is
 * missing or of another type is left out.
 */
export function readDocument(document) {
  const source = asObject(document);
  const servers = entriesOf(source.servers).map(([key, value]) => readServer(source, key, value));
  const channels = entriesOf(source.channels).map(([key, value]) => readChannel(source, key, value, servers));
  const byKey = new Map(channels.map((channel) => [channel.key, channel]));
  for (const [key, value] of entriesOf(source.operations)) {
    const operation = readOperation(source, key, value);
    byKey.get(operation.channelKey)?.operations.push(...byMessage(operation));
  }
  return {
    source,
    info: asObject(source.info),
    version: String(source.asyncapi ?? ""),
    servers,
    channels: sortedBy(channels, ({ address, key }) => address ?? key),
    schemas: sortedBy(entriesOf(asObject(source.components).schemas).map(([key, schema]) => ({ key, schema })), ({ key }) => key),
  };
}

function readServer(source, key, value) {
  const server = asObject(resolve(source, value));
  return {
    key,
    url: `${server.protocol ?? "ws"}://${server.host ?? ""}${server.pathname ?? ""}`,
    isWebSocket: /^wss?$/.test(server.protocol),
    description: server.description ?? server.summary,
    variables: resolvedIn(source, server.variables),
    security: schemesOf(source, server.security),
  };
}

/** An object's values with their references followed; what is not an object then is an empty one. */
function resolvedIn(source, record) {
  return Object.fromEntries(entriesOf(record).map(([name, value]) => [name, asObject(resolve(source, value))]));
}

function readChannel(source, key, value, servers) {
  const channel = asObject(resolve(source, value));
  const parameters = entriesOf(resolvedIn(source, channel.parameters)).map(([name, { location, "x-schema": schema = { type: "string" }, ...rest }]) => [name, { ...schema, ...rest }]);
  const binding = asObject(resolve(source, asObject(resolve(source, channel.bindings)).ws));
  const own = asList(channel.servers).map((server) => nameOf(server?.$ref));
  return {
    ...channel,
    key,
    address: typeof channel.address === "string" ? channel.address : null,
    tags: asList(channel.tags).map((tag) => resolve(source, tag)?.name).filter(Boolean),
    parameters: Object.fromEntries(parameters),
    query: schemaOf(source, binding.query),
    headers: schemaOf(source, binding.headers),
    subprotocols: asObject(channel["x-subprotocols"]),
    cookies: schemaOf(source, channel["x-cookies"]),
    closeCodes: entriesOf(channel["x-close-codes"]),
    servers: own.length ? servers.filter((server) => own.includes(server.key)) : servers,
    messages: messagesOf(source, undefined, channel),
    operations: [],
  };
}

function schemaOf(source, value) {
  const schema = asObject(resolve(source, value));
  return { properties: asObject(schema.properties), required: asList(schema.required) };
}

function readMessage(source, key, value) {
  const message = withTraits(source, value);
  const schema = payloadSchema(source, message);
  const read = { key, message, name: String(messageName(message, key)), schema };
  const fields = entriesOf(flattened(source, schema)?.properties);
  const isTag = ([, field]) => asList(resolve(source, field)?.enum).join("|") === read.name && resolve(source, field).enum.length > 1;
  const tag = fields.find(isTag);
  return tag ? resolve(source, tag[1]).enum.map((action) => withTag(read, tag[0], action)) : [read];
}

/** One of the messages that a class of several actions is, whose name in the document is "one|other". */
function withTag({ key, message, schema }, field, value) {
  const payload = { allOf: [schema, { properties: { [field]: { const: value } } }] };
  const examples = asList(message.examples).filter((example) => isObject(example?.payload));
  const own = examples.filter((example) => example.payload[field] === value);
  const adapted = examples.map((example) => ({ ...example, payload: { ...example.payload, [field]: value } }));
  const name = String(value);
  return { key: `${key}/${name}`, name, schema: payload, message: { ...message, name, title: name, payload, examples: own.length ? own : adapted } };
}

/** A Message or Operation Object beneath its traits: its own keys win (AsyncAPI 3.0, Traits Merge). */
function withTraits(source, value) {
  const own = asObject(resolve(source, value));
  return Object.assign({}, ...asList(own.traits).map((trait) => asObject(resolve(source, trait))), own);
}

function readOperation(source, key, value) {
  const operation = withTraits(source, value);
  const reply = asObject(resolve(source, operation.reply));
  return {
    ...operation,
    key,
    channelKey: nameOf(operation.channel?.$ref),
    action: (operation.action === "send") === isOfServer(source) ? "send" : "receive",
    title: operation.title ?? key,
    isStream: Boolean(operation["x-stream"]),
    security: schemesOf(source, operation.security),
    messages: messagesOf(source, operation.messages, resolve(source, operation.channel)),
    replies: messagesOf(source, reply.messages, resolve(source, reply.channel)),
  };
}

/** Whether a document describes the server, and not the client, which does the opposite. */
export function isOfServer(source) {
  return asObject(source.info)["x-perspective"] !== "client";
}

/** Without a list of its own, an operation is about every message of its channel (3.0, Operation). */
function messagesOf(source, references, channel) {
  if (!Array.isArray(references)) return entriesOf(asObject(channel).messages).flatMap(([name, message]) => readMessage(source, name, message));
  return references.flatMap((reference) => readMessage(source, nameOf(reference?.$ref), reference));
}

/** An operation of several messages is an entry for each; the first has the operation's link. */
function byMessage(operation) {
  const { key, messages } = operation;
  if (messages.length < 2) return [operation];
  return messages.map((message, index) => ({ ...operation, key: index ? `${key}/${message.key}` : key, messages: [message] }));
}

function schemesOf(source, security) {
  const schemes = asList(security).map((item) => ({ name: nameOf(item?.$ref), scheme: resolve(source, item) }));
  return schemes.filter(({ scheme }) => isObject(scheme));
}

/** The messages of a channel that go in one direction, each once: those the server "receive"s or "send"s. */
export function messagesGoing(channel, action) {
  const found = channel.operations.flatMap((operation) => [
    ...(operation.action === action ? operation.messages : []),
    ...(operation.action !== action ? operation.replies : []),
  ]);
  const known = new Map(found.map((message) => [message.key, message]));
  return known.size ? [...known.values()] : channel.messages;
}

/** The security schemes of a channel's operations and servers, each once. */
export function securityOf(channel) {
  const all = [...channel.operations, ...channel.servers].flatMap((holder) => holder.security);
  return [...new Map(all.map((item) => [JSON.stringify(item.scheme), item])).values()];
}

/** An operation's words, for the search. */
export function wordsOf(source, operation) {
  const messages = [...operation.messages, ...operation.replies];
  const said = messages.flatMap(({ name, message }) => [name, message.title, message.summary]);
  const fields = operation.messages.flatMap(({ schema }) => entriesOf(flattened(source, schema)?.properties).map(([name]) => name));
  return [operation.key, operation.title, operation.summary, operation.description, ...said, ...fields]
    .filter((word) => typeof word === "string")
    .join("\n")
    .toLowerCase();
}
