/** The little of dns-packet, our second opinion in tests, that the tests use. */
declare module 'dns-packet' {
  export interface Answer {
    readonly name: string;
    readonly type: string;
    readonly class: string;
    readonly ttl: number;
    readonly data: unknown;
  }

  export interface Packet {
    readonly id: number;
    readonly type: string;
    readonly rcode: string;
    readonly flag_tc: boolean;
    readonly flag_ra: boolean;
    readonly flag_ad: boolean;
    readonly flag_cd: boolean;
    readonly questions: readonly { readonly name: string; readonly type: string }[];
    readonly answers: readonly Answer[];
    readonly authorities: readonly Answer[];
    readonly additionals: readonly Answer[];
  }

  export function decode(bytes: Buffer): Packet;
}
