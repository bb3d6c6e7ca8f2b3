// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

/** Calls back with what may have changed; returns what ends that. */
export declare function watchPage(
  wake: () => void,
  doubt: () => void,
  hide: () => void,
): () => void;
