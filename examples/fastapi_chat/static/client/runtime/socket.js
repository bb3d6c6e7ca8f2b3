// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// One WebSocket, of which nothing is heard any more once it is left.
const FULL = 1024 * 1024; // bytes that wait to be sent
const LOOK_EVERY = 50; // milliseconds: nothing tells when they are fewer
const CLOSE_WITHIN = 2_000; // milliseconds
/** Connects; throws where the handshake cannot even be tried. */
export function openSocket(
  WebSocket,
  { url, protocols, headers },
  { opened, received, lost, blocked },
) {
  // Node.js, Deno and Bun take an object in place of the subprotocols.
  const extended = { protocols, headers };
  const socket = new WebSocket(
    url,
    Object.keys(headers).length ? extended : protocols,
  );
  let isFull = false;
  let amount = 0; // bytes that waited when they were last looked at
  let look;
  function leave(onclose) {
    clearTimeout(look);
    socket.onopen = socket.onmessage = null;
    socket.onclose = onclose;
  }
  function watch() {
    const wasFull = isFull;
    const before = amount;
    amount = socket.bufferedAmount;
    isFull = amount > FULL;
    // Before it is told: what is then sent may fill the socket anew, and look at it with this
    // timer. Set afterwards, another would take its place, and this one outlive the socket.
    if (isFull) look = setTimeout(watch, LOOK_EVERY);
    // Whatever is taken is told: a slow network takes its time for much, and is not dead.
    if (isFull !== wasFull || amount < before) blocked(isFull);
  }
  socket.onopen = opened;
  socket.onmessage = ({ data }) =>
    received(typeof data === "string" ? data : null);
  socket.onclose = ({ code, reason }) => {
    clearTimeout(look);
    lost(code, reason);
  };
  socket.onerror = () => {}; // a close follows
  return {
    send(text) {
      socket.send(text);
      if (!isFull) watch();
    },
    close: (code, reason) =>
      new Promise((resolve) => {
        // How long the server's close is waited for is the platform's choice, and differs.
        const patience = setTimeout(resolve, CLOSE_WITHIN);
        leave(() => {
          clearTimeout(patience);
          resolve();
        });
        // It throws where nobody may close with these.
        try {
          if (code !== 1006) socket.close(code, reason);
        } finally {
          socket.close();
        }
      }),
  };
}
