// The runtime of chanx's clients. SPDX-License-Identifier: 0BSD

/** A place of the handshake where a token may be. */
export interface Credential {
  readonly in: "header" | "query" | "cookie" | "subprotocol";
  readonly name: string;
  /** What stands before the token in a header. */
  readonly scheme?: string;
  /** Whether the token is what follows the name in one subprotocol, and not the next one. */
  readonly isSuffix?: boolean;
}
export type Values = {
  readonly [name: string]: unknown;
};
export interface Place {
  readonly address: string;
  readonly servers?: readonly string[] | undefined;
  /** The best place first. */
  readonly credentials?: readonly Credential[] | undefined;
}
export interface Handshake {
  readonly url: URL;
  readonly protocols: string[];
  readonly headers: {
    [name: string]: string;
  };
}
/** Of an attempt to connect; throws where something is missing or wrong. */
export declare function handshakeOf(
  { address, servers, credentials }: Place,
  options: {
    readonly server?: string | URL | undefined;
    readonly parameters?: Values | undefined;
    readonly query?: Values | undefined;
    readonly headers?:
      | {
          readonly [name: string]: string;
        }
      | undefined;
    readonly protocols?: readonly string[] | undefined;
  },
  token: string | undefined,
): Handshake;
