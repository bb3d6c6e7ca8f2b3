import assert from "node:assert/strict";
import { test } from "node:test";
import {
  credentialOf,
  isSubprotocol,
  placeholdersOf,
  problemsOf,
  serverProblems,
  socketAddress,
  withCredentials,
} from "../../packages/chanx-core/src/chanx/asyncapi/viewer/handshake.js";

test("placeholders are those in braces, once each", () => {
  assert.deepEqual(placeholdersOf("wss://{region}.example.com/{room}/{region}"), ["region", "room"]);
  assert.deepEqual(placeholdersOf("ws://example.com/{"), []);
});

test("an address has its values encoded", () => {
  const address = socketAddress("ws://h/{a}/{b}", { a: "x y/z?", b: "ä" }, {});
  assert.equal(address, "ws://h/x%20y%2Fz%3F/%C3%A4");
});

test("a slash stays where the parameter takes one", () => {
  const parameters = { path: { pattern: "^.+$" }, slug: { pattern: "^[^/]+$" }, odd: { pattern: "(" } };
  const address = socketAddress("/{path}/{slug}/{odd}", { path: "a/b", slug: "c/d", odd: "e/f" }, {}, parameters);
  assert.equal(address, "/a/b/c%2Fd/e%2Ff");
});

test("a query has what is given, after one that is there", () => {
  assert.equal(socketAddress("ws://h/", {}, { a: "1 2", b: "", c: undefined, d: "&" }), "ws://h/?a=1%202&d=%26");
  assert.equal(socketAddress("ws://h/?x=1", {}, { a: "2" }), "ws://h/?x=1&a=2");
});

test("credentials go where their scheme says", () => {
  const places = [
    [{ type: "httpApiKey", in: "query", name: "token" }, "query", "token"],
    [{ type: "httpApiKey", in: "cookie", name: "sessionid" }, "cookie", "sessionid"],
    [{ type: "httpApiKey", in: "header", name: "X-Key" }, "header", "X-Key"],
    [{ type: "httpApiKey", in: "header", name: "Sec-WebSocket-Protocol" }, "subprotocol", "Sec-WebSocket-Protocol"],
    [{ type: "http", scheme: "bearer" }, "header", "Authorization"],
    [{ type: "oauth2" }, "header", "Authorization"],
    [{ type: "openIdConnect" }, "header", "Authorization"],
    [{ type: "oauth2", "x-subprotocol": { name: "token", form: "pair" } }, "subprotocol", "token"],
    [{ type: "X509" }, "none", "X509"],
  ];
  for (const [scheme, place, key] of places) {
    const credential = credentialOf({ name: "n", scheme });
    assert.deepEqual([credential.place, credential.key], [place, key]);
  }
});

test("a handshake carries the credentials that have a value", () => {
  const made = withCredentials(
    [
      { place: "query", key: "token", value: "q" },
      { place: "cookie", key: "sessionid", value: "c" },
      { place: "header", key: "Authorization", prefix: "bearer", value: "h" },
      { place: "subprotocol", key: "Sec-WebSocket-Protocol", value: "s" },
      { place: "subprotocol", key: "token", form: "pair", value: "p" },
      { place: "subprotocol", key: "key.", form: "suffix", value: "f" },
      { place: "header", key: "X-Key", value: "" },
    ],
    ["chat"],
    ["access_token"],
  );
  assert.deepEqual(made, {
    query: { token: "q" },
    cookies: { sessionid: "c" },
    headers: { Authorization: "Bearer h" },
    protocols: ["chat", "access_token", "s", "token", "p", "key.f"],
  });
});

test("basic authentication is base64 of UTF-8", () => {
  const { headers } = withCredentials([{ place: "header", key: "Authorization", prefix: "basic", value: "ädä:1" }], [], []);
  assert.equal(headers.Authorization, `Basic ${Buffer.from("ädä:1").toString("base64")}`);
});

test("a subprotocol is a token of HTTP", () => {
  assert.ok(isSubprotocol("chat.v2"));
  for (const text of ["", "a b", "a,b", "ä", "a/b"]) assert.ok(!isSubprotocol(text));
});

test("a text of an address is checked as what it stands for", () => {
  const source = { components: { schemas: { Page: { type: "integer", minimum: 1 } } } };
  const page = { $ref: "#/components/schemas/Page" };
  const cases = [
    [page, "1", []],
    [page, "0", ["must be at least 1"]],
    [page, "one", ["must be an integer"]],
    [page, "1.5", ["must be an integer"]],
    [{ anyOf: [page, { type: "null" }] }, "2", []],
    [{ anyOf: [page, { type: "string", minLength: 3 }] }, "12", []],
    [{ type: "string", pattern: "^[a-z]+$" }, "7", ["must match ^[a-z]+$"]],
    [{ type: "string" }, "true", []],
    [{ type: "boolean" }, "true", []],
    [{ type: "number" }, "1e3", []],
    [{ type: "string", format: "uuid" }, "x", ["must be a UUID"]],
    [{ type: "array", items: page, maxItems: 2 }, "1, 2", []],
    [{ type: "array", items: page }, "1,0", ["item 2 must be at least 1"]],
    [{ anyOf: [{ type: "array", items: { type: "string" } }, { type: "null" }] }, "7, a", []],
    [{}, "anything", []],
    [true, "anything", []],
  ];
  for (const [schema, text, problems] of cases) assert.deepEqual(problemsOf(source, schema, text), problems, `${JSON.stringify(schema)} ${text}`);
});

test("a list is a pair for each of its items", () => {
  assert.equal(socketAddress("/x", {}, { tags: ["a b", "c"], none: [] }), "/x?tags=a%20b&tags=c");
});

test("a token's scheme says where it comes from and what it permits", () => {
  const flows = { implicit: { authorizationUrl: "https://a/in" }, clientCredentials: { tokenUrl: "https://a/token" }, strange: null };
  const oauth = credentialOf({ name: "n", scheme: { type: "oauth2", description: "Ours.", flows, scopes: ["read", "write"] } });
  assert.equal(oauth.prefix, "Bearer");
  assert.equal(oauth.description, "Ours. implicit: a token from https://a/in. clientCredentials: a token from https://a/token. Scopes: read, write.");
  const openid = credentialOf({ name: "n", scheme: { type: "openIdConnect", openIdConnectUrl: "https://a/.well-known" } });
  assert.equal(openid.description, "A token of the provider that https://a/.well-known describes.");
});

test("what browsers block as mixed content is told before", () => {
  for (const url of ["ws://a.example", "WS://a.example/x", "ws://localhost.example", "ws://1270.0.0.1"]) {
    assert.equal(serverProblems(url, true).length, 1, url);
    assert.deepEqual(serverProblems(url, false), []);
  }
  for (const url of ["wss://a.example", "ws://localhost:8000/x", "ws://app.localhost", "ws://127.0.0.1", "ws://[::1]:1"]) assert.deepEqual(serverProblems(url, true), [], url);
});
