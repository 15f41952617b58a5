/** Which networks a device behind iwd sees: what the kernel heard, as far as iwd has it too and can join it. */
import type { NetworkLink, StrongSecurity, TechnologyEvent } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { HeardBss } from '../nl80211/ears';
import { groupOf, isHidden, keyOf, type NetworkKey, textOf } from '../radio/networks';
import type { LinkOf, NetworkReport } from '../radio/report';
import type { IwdNetwork } from './messages';

/** Times of the same beacon differ by as much from one list to the next; beacons come every 100 ms. */
const tickMs = 20;

export class Sight {
  private readonly report: NetworkReport;
  /** iwd's network objects by SSID and security. */
  private readonly networks = new Map<string, IwdNetwork>();
  private bsss: readonly HeardBss[] = [];
  /** When each BSS had been heard last at the moment of the last loss. */
  private mark: ReadonlyMap<MacAddress, number> = new Map();
  private loss: LinkOf | undefined;
  /** Networks that iwd was asked to look for and did not find. */
  private readonly inVain = new Set<string>();
  /** What access points offered when iwd had last looked, or was about to, by BSSID. */
  private looked: ReadonlyMap<MacAddress, string> = new Map();

  constructor(report: NetworkReport) {
    this.report = report;
  }

  add(network: IwdNetwork): void {
    const key = keyOfPath(network.path);
    if (!key) return;
    this.networks.set(groupOf(key), network);
    this.inVain.delete(groupOf(key));
  }

  remove(path: string): void {
    const key = keyOfPath(path);
    if (key) this.networks.delete(groupOf(key));
  }

  /** @param bsss the kernel's list, which forgets after 30 s; what iwd still has is kept. */
  hear(bsss: readonly HeardBss[]): void {
    const groups = new Set(bsss.map(groupOfBss));
    const kept = this.bsss.filter((bss) => !groups.has(groupOfBss(bss)) && this.networks.has(groupOfBss(bss)));
    this.bsss = [...bsss, ...kept];
    if (this.loss && this.isHeardAgain(this.loss.key)) this.loss = undefined;
  }

  /** What is heard from now on is heard again. */
  remember(): void {
    this.mark = new Map(this.bsss.map((bss) => [bss.bssid, bss.seenAt]));
  }

  /** Some access point of the network was heard since `remember`. */
  isHeardAgain(key: NetworkKey): boolean {
    return this.membersOf(key).some((bss) => bss.seenAt > (this.mark.get(bss.bssid) ?? 0) + tickMs);
  }

  lose(key: NetworkKey, link: NetworkLink): void {
    this.remember();
    this.loss = { key, link };
  }

  forgetLoss(): void {
    this.loss = undefined;
  }

  pathOf(key: NetworkKey): string | undefined {
    return this.networks.get(groupOf(key))?.path;
  }

  /** The object of what iwd keeps of the network; empty if it keeps nothing. */
  knownNetworkOf(key: NetworkKey): string {
    return this.networks.get(groupOf(key))?.knownNetwork ?? '';
  }

  /** MHz, of the access points that were heard. */
  frequenciesOf(key: NetworkKey): number[] {
    return [...new Set(this.membersOf(key).map((bss) => bss.frequency))];
  }

  /** As far as it decides how the network can be joined. */
  viewOf(key: NetworkKey, atLeast?: StrongSecurity): { readonly isKnownToIwd: boolean; readonly offersLess: boolean } {
    const members = this.membersOf(key);
    const offersLess = atLeast !== undefined && members.length > 0 && !members.some(({ offers }) => offers[atLeast]);
    return { isKnownToIwd: this.pathOf(key) !== undefined, offersLess };
  }

  /** Whether some open network, or this one, has an encrypted twin (OWE transition mode). */
  hasTwins(key?: NetworkKey): boolean {
    return (key ? this.membersOf(key) : this.bsss).some(({ offers, privacy }) => offers.owe && !privacy);
  }

  /**
   * Whether the kernel heard a network that iwd could join and does not have, or one secured otherwise than before: iwd would join it
   * by what it heard itself. Of each it is said once.
   */
  hasNews(): boolean {
    const before = this.looked;
    this.looked = new Map(this.bsss.map((bss) => [bss.bssid, securedAs(bss)]));
    let found = this.bsss.some(({ bssid }) => before.has(bssid) && before.get(bssid) !== this.looked.get(bssid));
    for (const bss of this.bsss) {
      const group = groupOfBss(bss);
      if (this.networks.has(group) || this.inVain.has(group) || !isForIwd(bss)) continue;
      this.inVain.add(group);
      found = true;
    }
    return found;
  }

  /** What changed of the networks since the last time. */
  update(active: LinkOf | undefined): TechnologyEvent | undefined {
    const usable = this.bsss.filter((bss) => isHidden(bss.ssid) || this.networks.has(groupOfBss(bss)));
    return this.report.update(usable, active, this.loss);
  }

  clear(): TechnologyEvent | undefined {
    this.bsss = [];
    this.loss = undefined;
    return this.report.clear();
  }

  private membersOf(key: NetworkKey): HeardBss[] {
    const group = groupOf(key);
    return this.bsss.filter((bss) => groupOfBss(bss) === group);
  }
}

const groupOfBss = (bss: HeardBss): string => groupOf(keyOf(bss));

const securedAs = ({ offers: { psk, sae, eap, owe } }: HeardBss): string => [psk, sae, eap, owe].join();

/** It drops SSIDs that are not UTF-8, and WEP. */
function isForIwd(bss: HeardBss): boolean {
  const { ssid, security } = keyOf(bss);
  return ssid !== '' && security !== 'wep' && Buffer.from(textOf(ssid)).toString('hex') === ssid;
}

const securities = { open: 'none', wep: 'wep', psk: 'psk', '8021x': 'ieee8021x' } as const;

/**
 * `/net/connman/iwd/0/3/486f6d65_psk`: the path says SSID and kind (rule 176). iwd 2.3 writes a byte above 127 with its sign:
 * `ffffffc3` for `c3`. UTF-8, which its SSIDs are, has no byte `ff`.
 */
export function keyOfPath(path: string): NetworkKey | undefined {
  const match = /\/([0-9a-f]*)_(open|wep|psk|8021x)$/.exec(path);
  if (!match) return undefined;
  const ssid = (match[1] as string).replace(/ffffff([89a-f][0-9a-f])/g, '$1');
  return { ssid, security: securities[match[2] as keyof typeof securities] };
}
