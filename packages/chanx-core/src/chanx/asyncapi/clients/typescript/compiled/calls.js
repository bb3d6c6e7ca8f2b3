// What a client's methods give: requests, and streams.
/// <reference lib="esnext.disposable" preserve="true" />
export const asyncDispose =
  Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
/** A promise and what settles it; it may fail without anybody to hear of it. */
export function promised() {
  let resolve;
  let reject;
  const promise = new Promise((...settle) => ([resolve, reject] = settle));
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
