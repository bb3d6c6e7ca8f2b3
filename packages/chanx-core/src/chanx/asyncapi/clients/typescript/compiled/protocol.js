// What a machine is told of a connection, and what it has done.
const VERDICTS = [
  ["refresh", /^(1008|4401)$/],
  ["spread", /^(1001|1012|1013|4429|45..)$/],
  ["never", /^(1000|1002|1003|1007|1010|44(?!08|13|25)..)$/],
];
/** What a close code means where the document says nothing (R6). */
export const verdictOf = (code) =>
  VERDICTS.find(([, codes]) => codes.test(`${code}`))?.[0] ?? "backoff";
