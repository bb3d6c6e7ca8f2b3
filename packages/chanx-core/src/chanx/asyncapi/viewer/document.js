import { messageName, payloadSchema } from "./matching.js";
import { asList, isObject, nameOf, resolve } from "./references.js";
import { entriesOf } from "./schema_text.js";

/**
 * Reads an AsyncAPI 3 document into what the page shows. Nothing in it is relied on: what is
 * missing or of another type is left out.
 */
export function readDocument(source) {
  const servers = entriesOf(source.servers).map(([key, value]) => readServer(source, key, value));
  const channels = entriesOf(source.channels).map(([key, value]) => readChannel(source, key, value, servers));
  const byKey = new Map(channels.map((channel) => [channel.key, channel]));
  for (const [key, value] of entriesOf(source.operations)) {
    const operation = readOperation(source, key, resolve(source, value));
    byKey.get(operation?.channelKey)?.operations.push(operation);
  }
  return {
    source,
    info: isObject(source.info) ? source.info : {},
    version: String(source.asyncapi ?? ""),
    servers,
    channels,
    schemas: entriesOf(source.components?.schemas).map(([key, schema]) => ({ key, schema })),
  };
}

function readServer(source, key, value) {
  const server = resolve(source, value);
  if (!isObject(server)) return { key, url: "", variables: {}, security: [] };
  const variables = entriesOf(server.variables).map(([name, variable]) => [name, resolve(source, variable) ?? {}]);
  return {
    key,
    url: `${server.protocol ?? "ws"}://${server.host ?? ""}${server.pathname ?? ""}`,
    isWebSocket: /^wss?$/.test(server.protocol),
    description: server.description ?? server.summary,
    variables: Object.fromEntries(variables),
    security: schemesOf(source, server.security),
  };
}

function readChannel(source, key, value, servers) {
  const channel = resolve(source, value);
  const found = isObject(channel) ? channel : {};
  const parameters = entriesOf(found.parameters).map(([name, parameter]) => [name, readParameter(source, parameter)]);
  const binding = resolve(source, resolve(source, found.bindings)?.ws);
  const own = asList(found.servers).map((server) => nameOf(server?.$ref));
  return {
    key,
    address: typeof found.address === "string" ? found.address : null,
    title: found.title,
    summary: found.summary,
    description: found.description,
    tags: asList(found.tags).map((tag) => resolve(source, tag)?.name).filter(Boolean),
    parameters: Object.fromEntries(parameters),
    query: schemaOf(source, binding?.query),
    headers: schemaOf(source, binding?.headers),
    method: binding?.method,
    subprotocols: isObject(found["x-subprotocols"]) ? found["x-subprotocols"] : {},
    closeCodes: entriesOf(found["x-close-codes"]),
    servers: own.length ? servers.filter((server) => own.includes(server.key)) : servers,
    messages: entriesOf(found.messages).map(([name, message]) => readMessage(source, name, message)),
    operations: [],
  };
}

function readParameter(source, value) {
  const parameter = resolve(source, value);
  if (!isObject(parameter)) return { type: "string" };
  const { location, "x-schema": schema, ...rest } = parameter;
  return { type: "string", ...schema, ...rest };
}

function schemaOf(source, value) {
  const schema = resolve(source, value);
  return { properties: isObject(schema?.properties) ? schema.properties : {}, required: asList(schema?.required) };
}

function readMessage(source, key, value) {
  const message = withTraits(source, value);
  return { key, message, name: String(messageName(message, key)), schema: payloadSchema(source, message) };
}

/** A Message or Operation Object beneath its traits: its own keys win (AsyncAPI 3.0, Traits Merge). */
function withTraits(source, value) {
  const own = resolve(source, value);
  if (!isObject(own)) return {};
  const traits = asList(own.traits).map((trait) => resolve(source, trait)).filter(isObject);
  return Object.assign({}, ...traits, own);
}

function readOperation(source, key, value) {
  if (!isObject(value)) return null;
  const operation = withTraits(source, value);
  const channelKey = nameOf(String(operation.channel?.$ref ?? ""));
  const channel = resolve(source, operation.channel);
  const reply = resolve(source, operation.reply);
  return {
    key,
    channelKey,
    action: operation.action === "send" ? "send" : "receive",
    title: operation.title ?? key,
    summary: operation.summary,
    description: operation.description,
    isStream: Boolean(operation["x-stream"]),
    isDeprecated: Boolean(operation["x-deprecated"]),
    security: schemesOf(source, operation.security),
    messages: messagesOf(source, operation.messages, channel),
    replies: isObject(reply) ? messagesOf(source, reply.messages, resolve(source, reply.channel)) : [],
  };
}

/** Without a list of its own, an operation is about every message of its channel (3.0, Operation). */
function messagesOf(source, references, channel) {
  if (!Array.isArray(references)) return entriesOf(channel?.messages).map(([name, message]) => readMessage(source, name, message));
  return references.map((reference) => readMessage(source, nameOf(String(reference?.$ref ?? "")), reference));
}

function schemesOf(source, security) {
  return asList(security)
    .map((item) => ({ name: typeof item?.$ref === "string" ? nameOf(item.$ref) : "", scheme: resolve(source, item) }))
    .filter(({ scheme }) => isObject(scheme));
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
export function wordsOf(operation) {
  const messages = [...operation.messages, ...operation.replies];
  const said = messages.flatMap(({ name, message }) => [name, message.title, message.summary]);
  const fields = operation.messages.flatMap(({ schema }) => entriesOf(schema?.properties).map(([name]) => name));
  return [operation.key, operation.title, operation.summary, operation.description, ...said, ...fields]
    .filter((word) => typeof word === "string")
    .join("\n")
    .toLowerCase();
}
