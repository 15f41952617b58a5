/**
 * The hardware addresses that networks see in place of a radio's own: one for each network, derived from a secret of the
 * machine as RFC 7217 section 5 derives interface identifiers, or one for each connection.
 *
 * The last two octets are a keyed hash of the first four. So the next run tells an address of ours, which the link still has,
 * from one that an administrator gave it; without the secret no difference shows.
 */
import { type Logger, OsError } from '@connman/base';
import type { MacPolicy, NetworkId } from '@connman/contracts';
import { type MacAddress, macFromBytes, macToBytes } from '@connman/inet';
import type { Entropy, Files } from '@connman/ports';

export interface NetworkAddressesOptions {
  readonly files: Files;
  /** Path of the secret; it is made when it is first needed. */
  readonly secretFile: string;
  readonly entropy: Entropy;
  readonly log: Logger;
}

export type GivenAddress = Extract<MacPolicy, { kind: 'permanent' | 'set' }>;

const secretBytes = 32;
/** IEEE 802-2020 section 8.4: an individual address (bit 0), locally administered (bit 1). */
const firstOctet = { mask: 0xfc, local: 0x02 };
const hashedOctets = 4;

/** Loaded when the first address is derived. */
const crypto = () => require('node:crypto') as typeof import('node:crypto');

export class NetworkAddresses {
  private readonly options: NetworkAddressesOptions;
  private secret: Uint8Array | undefined;
  /** Drawn for this run: it makes addresses of connections another each time. */
  private run: string | undefined;

  constructor(options: NetworkAddressesOptions) {
    this.options = options;
  }

  /** The policy with the address it comes to. */
  given(policy: MacPolicy, network: NetworkId): GivenAddress {
    switch (policy.kind) {
      case 'stable':
        return { kind: 'set', mac: this.derive(`network ${network}`) };
      case 'random': {
        this.run ??= Buffer.from(this.options.entropy.bytes(secretBytes)).toString('hex');
        return { kind: 'set', mac: this.derive(`connection ${this.run} ${policy.round} ${network}`) };
      }
      default:
        return policy;
    }
  }

  /** Whether this machine derived the address, in this run or an earlier one. */
  isOurs(mac: MacAddress): boolean {
    const octets = macToBytes(mac);
    if (((octets[0] as number) & ~firstOctet.mask) !== firstOctet.local) return false;
    const secret = this.secret ?? this.read();
    return secret !== undefined && macFromBytes(this.withTag(secret, octets)) === mac;
  }

  private derive(context: string): MacAddress {
    const secret = this.secretOfMachine();
    const octets = this.hash(secret, context);
    octets[0] = ((octets[0] as number) & firstOctet.mask) | firstOctet.local;
    return macFromBytes(this.withTag(secret, octets));
  }

  private withTag(secret: Uint8Array, octets: Uint8Array): Uint8Array {
    const begin = octets.subarray(0, hashedOctets);
    return Uint8Array.from([...begin, ...this.hash(secret, `tag ${Buffer.from(begin).toString('hex')}`)]);
  }

  private hash(secret: Uint8Array, text: string): Uint8Array {
    return new Uint8Array(crypto().createHmac('sha256', secret).update(text).digest());
  }

  private secretOfMachine(): Uint8Array {
    this.secret ??= this.read() ?? this.draw();
    return this.secret;
  }

  private read(): Uint8Array | undefined {
    const { files, secretFile, log } = this.options;
    try {
      const text = files.read(secretFile)?.trim();
      if (text === undefined) return undefined;
      if (/^[0-9a-f]{64}$/.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
      log.warning(
        `${secretFile}: expected 64 hexadecimal digits; a new secret is made, and networks see new addresses`,
      );
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      log.warning(
        `${secretFile} cannot be read: ${error.message}; a new secret is made, and networks see new addresses`,
      );
    }
    return undefined;
  }

  private draw(): Uint8Array {
    const { files, secretFile, entropy, log } = this.options;
    const secret = entropy.bytes(secretBytes);
    try {
      files.writeAtomic(secretFile, `${Buffer.from(secret).toString('hex')}\n`, 0o600);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      log.warning(`${secretFile} cannot be written: ${error.message}; networks see new addresses after the next start`);
    }
    return secret;
  }
}
