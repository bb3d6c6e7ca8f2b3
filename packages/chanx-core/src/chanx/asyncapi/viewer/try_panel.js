import { button, el, labelled, refill } from "./dom.js";
import { composer } from "./composer.js";
import { Connection } from "./connection.js";
import { messagesGoing } from "./document.js";
import { handshakeForm, setCookies } from "./handshake_form.js";
import { logView } from "./log_view.js";

/** Connects to a channel, sends, and shows what goes over the socket: `{node, choose}`. */
export function tryPanel(source, channel) {
  const connection = new Connection({
    source,
    sent: messagesGoing(channel, "receive"),
    received: messagesGoing(channel, "send"),
    changed: (entry) => (log.add(entry), show()),
  });
  const log = logView(connection, channel.title ?? channel.key);
  const address = el("output.address");
  const state = el("span.state", { role: "status" });
  const handshake = handshakeForm(source, channel, show);
  const isForced = el("input", { type: "checkbox", change: show });
  const force = el("label.check", isForced, "Connect anyway");
  const connectButton = button("Connect", connect, { class: "primary" });
  const reconnectButton = button("Reconnect", () => connection.reconnect());
  const code = el("input", { value: "1000", inputmode: "numeric", size: "5" });
  const closeButton = button("Close", () => connection.close(Number(code.value)));
  const compose = composer(source, channel, connection, handshake);

  function connect() {
    const { url, protocols, cookies, shown } = handshake.read();
    setCookies(cookies);
    connection.connect(url, protocols, shown);
    show();
  }

  function show() {
    const isFit = handshake.check();
    const isOpen = connection.state === "open";
    refill(address, handshake.read().shown);
    force.hidden = isFit;
    state.textContent = connection.state;
    state.className = `state ${connection.state}`;
    connectButton.disabled = (!isFit && !isForced.checked) || connection.state !== "closed";
    reconnectButton.disabled = !connection.target;
    closeButton.disabled = !isOpen && connection.state !== "connecting";
    compose.check();
  }

  handshake.node.addEventListener("keydown", ({ key, target }) => {
    if (key === "Enter" && target.matches("input")) connectButton.click(); // which does nothing while it is disabled
  });
  show();
  const node = el(
    "div.try",
    handshake.node,
    el("div.line", address, state),
    el("div.actions", connectButton, force, reconnectButton, closeButton, labelled("with code", code)),
    compose.node,
    log.node,
  );
  return { node, choose: compose.choose };
}
