// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

/** Calls back with what may have changed, until a signal ends that. */
export declare function watchPage(
  signal: AbortSignal,
  wake: () => void,
  doubt: () => void,
  hide: () => void,
): void;
