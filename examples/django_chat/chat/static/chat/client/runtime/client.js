// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

// What every client has, and what its channel's document says of the rest.
/// <reference lib="esnext.disposable" preserve="true" />
export {};
