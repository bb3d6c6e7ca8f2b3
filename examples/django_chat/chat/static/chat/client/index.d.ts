// Written by chanx from the AsyncAPI document of chanx chat with Django 1.0.0. Do not edit.
// SPDX-License-Identifier: 0BSD

export * from "./client.js";
export type * from "./types.js";
export * from "./runtime/index.js";
