// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// What a machine is told of a connection, and what it has done.
const VERDICTS = [
  ["refresh", /^(1008|4401)$/],
  ["spread", /^(10(01|12|13)|4429|45..)$/],
  ["never", /^(10(00|02|03|07|10)|44(?!08|13|25)..)$/],
];
/** What a close code means where the document says nothing (R6). */
export const verdictOf = (code) =>
  VERDICTS.find(([, codes]) => codes.test(`${code}`))?.[0] ?? "backoff";
