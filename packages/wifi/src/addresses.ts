/**
 * The hardware addresses that networks see in place of a radio's own: one for each network, derived from a secret of the
 * machine as RFC 7217 section 5 derives interface identifiers, or one for each connection.
 *
 * The last two octets are a keyed hash of the first four. So the next run tells an address of ours, which the link still has,
 * from one that an administrator gave it; without the secret no difference shows.
 */
import type { Logger } from '@connman/base';
import { MachineSecret, type MacPolicy, type NetworkId } from '@connman/contracts';
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

const runBytes = 32;
/** IEEE 802-2020 section 8.4: an individual address (bit 0), locally administered (bit 1). */
const firstOctet = { mask: 0xfc, local: 0x02 };
const hashedOctets = 4;

export class NetworkAddresses {
  private readonly options: NetworkAddressesOptions;
  private readonly secret: MachineSecret;
  /** Drawn for this run: it makes addresses of connections another each time. */
  private run: string | undefined;

  constructor(options: NetworkAddressesOptions) {
    this.options = options;
    const { secretFile: file, ...ports } = options;
    this.secret = new MachineSecret({ ...ports, file, consequence: 'networks see new addresses' });
  }

  /** The policy with the address it comes to. */
  given(policy: MacPolicy, network: NetworkId): GivenAddress {
    switch (policy.kind) {
      case 'stable':
        return { kind: 'set', mac: this.derive(`network ${network}`) };
      case 'random': {
        this.run ??= Buffer.from(this.options.entropy.bytes(runBytes)).toString('hex');
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
    const begin = octets.subarray(0, hashedOctets);
    const tag = this.secret.derived(tagOf(begin));
    return tag !== undefined && macFromBytes(Uint8Array.from([...begin, ...tag])) === mac;
  }

  private derive(context: string): MacAddress {
    const octets = this.secret.derive(context);
    octets[0] = ((octets[0] as number) & firstOctet.mask) | firstOctet.local;
    const begin = octets.subarray(0, hashedOctets);
    return macFromBytes(Uint8Array.from([...begin, ...this.secret.derive(tagOf(begin))]));
  }
}

const tagOf = (begin: Uint8Array): string => `tag ${Buffer.from(begin).toString('hex')}`;
