// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// What a machine is told of a connection, and what it says of it.
/** What a close code means where the document says nothing (R6). */
export function verdictOf(code) {
  if (code === 1008 || code === 4401) return "refresh";
  if ([1001, 1012, 1013, 4429].includes(code) || (code >= 4500 && code < 4600))
    return "spread";
  const isPassing = [4408, 4413, 4425].includes(code);
  if (code >= 4400 && code < 4500 && !isPassing) return "never";
  return [1000, 1002, 1003, 1007, 1010].includes(code) ? "never" : "backoff";
}
