import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import vm from "node:vm";

import { snippets } from "../../packages/chanx-core/src/chanx/asyncapi/viewer/snippets.js";

const HOSTILE = [
  "",
  '{"action": "say", "payload": "hi"}',
  `it's "quoted" \\ \${HOME} $(touch x) \`touch x\` %s %d {name}`,
  "'; touch x; '",
  '""" + 1 + """',
  "line\nline\r\nline\ttab",
  "</script><!--<script>",
  "\u2028\u2029\ufeff\u202e\u200f\u0085",
  "\u0000\u0001\u001b[201~\u007f",
  "\u0000\n\u0000",
  "\\0\\033\\n\u0007\\c",
  "😀 é שלום",
  "-n",
  "%",
  "x".repeat(5000),
];

function programs(plan) {
  const url = "wss://host.example/ws?name=Ada";
  return Object.fromEntries(snippets({ url, ...plan }).map(({ name, text }) => [name, text]));
}

function run(command, args, input) {
  const { status, stdout, stderr } = spawnSync(command, args, { input });
  assert.equal(status, 0, String(stderr));
  return String(stdout);
}

// Stand-ins for what the programs use, which print what they are asked to do.
const PYTHON = `
import ast, json, sys, types
made = {}
class Socket:
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def __iter__(self): return iter(())
    def send(self, text): made["text"] = text
def connect(url, subprotocols=None, additional_headers=None):
    made.update(url=url, protocols=subprotocols, headers=additional_headers)
    return Socket()
client = types.ModuleType("websockets.sync.client")
client.connect = connect
for name in ("websockets", "websockets.sync"): sys.modules[name] = types.ModuleType(name)
sys.modules["websockets.sync.client"] = client
for program in json.loads(sys.stdin.buffer.read()):
    made.clear()
    exec(compile(ast.parse(program), "program", "exec"), {})
    print(json.dumps(made))
`;

function runPython(list) {
  const output = run("python3", ["-c", PYTHON], JSON.stringify(list.map(({ Python }) => Python)));
  return output.trim().split("\n").map(JSON.parse);
}

function runBrowser({ JavaScript }) {
  const made = {};
  class WebSocket {
    constructor(url, protocols) {
      Object.assign(made, { url, protocols });
    }
    set onopen(act) {
      act();
    }
    send(text) {
      made.text = text;
    }
  }
  new vm.Script(JavaScript).runInNewContext({ WebSocket });
  return made;
}

function runShell({ websocat }) {
  run("sh", ["-n"], websocat);
  // The function prints its arguments, a NUL after each, and then what it is piped.
  const stub = `websocat() { printf '%s\\0' "$@"; case "$1" in -n) cat;; esac; }\ntr() { cat; }\n`;
  const parts = run("sh", [], stub + websocat).split("\0");
  const options = parts.slice(0, parts.findIndex((part) => part.startsWith("wss:")) + 1);
  return { options, text: parts.slice(options.length).join("\0") };
}

test("programs in three languages are made", () => {
  const made = snippets({ url: "ws://a", protocols: [], text: null, headers: {} });
  assert.deepEqual(
    made.map(({ name }) => name),
    ["Python", "JavaScript", "websocat"],
  );
});

test("a Python program reads well", () => {
  const { Python } = programs({
    protocols: ["a"],
    text: "hi",
    headers: { Authorization: "Bearer b" },
  });
  assert.equal(
    Python,
    `from websockets.sync.client import connect

with connect(
    "wss://host.example/ws?name=Ada",
    subprotocols=["a"],
    additional_headers={"Authorization": "Bearer b"},
) as websocket:
    websocket.send("hi")
    for message in websocket:
        print(message)
`,
  );
});

test("Python programs send each text as a browser would", () => {
  const list = HOSTILE.map((text) => programs({ text }));
  runPython(list).forEach((made, index) => assert.equal(made.text, HOSTILE[index]));
});

test("JavaScript programs send each text as a browser would", () => {
  for (const text of HOSTILE) assert.equal(runBrowser(programs({ text })).text, text);
});

test("websocat programs send each text in one line, and escape what a terminal acts upon", () => {
  for (const text of HOSTILE) {
    const { text: sent } = runShell(programs({ text }));
    assert.doesNotMatch(sent, /[\0-\x1f\x7f]/);
    if (!/[\0-\x1f\x7f-\x9f\u2028]/.test(text)) assert.equal(sent, text);
  }
  const value = { text: "line\n\ttab \u2028 \u202e \u0000 it's" };
  const { text } = runShell(programs({ text: JSON.stringify(value, null, 2) }));
  assert.deepEqual(JSON.parse(text), value);
});

test("no program holds characters that a terminal acts upon or an editor hides", () => {
  for (const text of HOSTILE) {
    const plan = {
      text,
      headers: { [`X-${text}`]: text },
      protocols: [text],
      url: `ws://a/${text}`,
    };
    for (const program of Object.values(programs(plan))) {
      assert.doesNotMatch(
        program,
        /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/,
      );
    }
  }
});

test("hostile headers, protocols and addresses stay within their quotes", () => {
  for (const text of HOSTILE) {
    const plan = {
      url: `wss://host/${text}`,
      text: "x",
      protocols: [text, "b"],
      headers: { [text]: text },
    };
    const list = programs(plan);
    const [python] = runPython([list]);
    const expected = { url: plan.url, text: "x", protocols: plan.protocols };
    assert.deepEqual(python, { ...expected, headers: plan.headers });
    const { url, protocols, text: sent } = runBrowser(list);
    assert.deepEqual({ url, protocols: [...protocols], text: sent }, expected);
    const { options } = runShell(list);
    assert.equal(options.length, 4);
    assert.ok(options[1].startsWith("--protocol=") && options[2].startsWith("-H="));
  }
});

test("without a text, programs only connect and listen", () => {
  const list = programs({ text: null });
  assert.deepEqual(Object.keys(runPython([list])[0]), ["url", "protocols", "headers"]);
  assert.equal(runBrowser(list).text, undefined);
  assert.equal(list.websocat, "websocat 'wss://host.example/ws?name=Ada'\n");
});

test("a JavaScript program says which headers it cannot send, and not what is in them", () => {
  const { JavaScript } = programs({
    text: null,
    headers: { Authorization: "secret", "X-A\nalert(1)": "" },
  });
  const comment = JavaScript.split("\n")[0];
  assert.match(comment, /^\/\/ .*"Authorization", "X-A\\nalert\(1\)"/);
  assert.doesNotMatch(JavaScript, /secret/);
  assert.match(programs({ text: null }).JavaScript, /^const socket/);
});
