// What every client has, and what its channel's document says of the rest.
/// <reference lib="esnext.disposable" preserve="true" />
export {};
