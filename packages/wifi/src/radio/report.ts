/** Which networks a device sees, and what of that was reported: a scan's results go out as one event with what changed. */
import type { DeviceId, NetworkFact, NetworkId, NetworkLink, TechnologyEvent } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import { type Bss, groupOf, keyOf, type NetworkKey, nameOf, networkIdOf, viewOf } from './networks';

export interface LinkOf {
  readonly key: NetworkKey;
  readonly link: NetworkLink;
  readonly bssid?: MacAddress;
}

interface Known {
  readonly members: readonly Bss[];
  readonly fact: NetworkFact;
}

interface Place {
  readonly key: NetworkKey;
  readonly group: string;
  /** What they were made of, beside the SSID. */
  readonly of: Pick<Bss, 'offers' | 'privacy'>;
}

const idle: NetworkLink = { kind: 'idle' };

export class NetworkReport {
  private readonly device: DeviceId;
  private readonly reported = new Map<NetworkId, NetworkFact>();
  /** Facts of idle networks by group, with the access points that they are made of: a step of a scan changes few of them. */
  private known = new Map<string, Known>();
  private readonly places = new WeakMap<Bss, Place>();
  /** By SSID: it stays the same object while an access point is heard at another strength. */
  private readonly placesBySsid = new WeakMap<Uint8Array, Place>();

  constructor(device: DeviceId) {
    this.device = device;
  }

  /**
   * What changed since the last call.
   * @param active the network the device is in or joins; it is reported also while no access point of it is heard.
   * @param loss of a network that was lost, as long as it is to be reported.
   */
  update(heard: Iterable<Bss>, active?: LinkOf, loss?: LinkOf): TechnologyEvent | undefined {
    const facts = new Map<NetworkId, NetworkFact>();
    const members = new Map<string, { key: NetworkKey; all: Bss[] }>();
    for (const bss of heard) {
      const { key, group } = this.placeOf(bss);
      const known = members.get(group);
      if (known) known.all.push(bss);
      else members.set(group, { key, all: [bss] });
    }
    const special = [active, loss].filter((one) => one !== undefined);
    const idleOnes = new Map<string, Known>();
    for (const [group, { key, all }] of members) {
      const mine = special.find((one) => groupOf(one.key) === group);
      const before = mine ? undefined : this.known.get(group);
      const fact = before && isSame(before.members, all) ? before.fact : this.factOf(key, group, all, mine);
      if (!fact) continue;
      if (!mine) idleOnes.set(group, { members: all, fact });
      facts.set(fact.id, fact);
    }
    this.known = idleOnes;
    if (active) {
      const id = networkIdOf(this.device, active.key);
      const before = this.reported.get(id);
      if (!facts.has(id) && before) facts.set(id, { ...before, link: active.link });
    }
    return this.difference(facts);
  }

  private placeOf(bss: Bss): Place {
    const known = this.places.get(bss);
    if (known) return known;
    const place = this.placeBySsid(bss);
    this.places.set(bss, place);
    return place;
  }

  private placeBySsid(bss: Bss): Place {
    const { ssid, offers, privacy } = bss;
    const known = this.placesBySsid.get(ssid);
    if (known?.of.offers === offers && known.of.privacy === privacy) return known;
    const key = keyOf(bss);
    const place = { key, group: groupOf(key), of: { offers, privacy } };
    this.placesBySsid.set(ssid, place);
    return place;
  }

  private factOf(key: NetworkKey, group: string, all: readonly Bss[], mine?: LinkOf): NetworkFact | undefined {
    const view = viewOf(key, all, mine?.bssid);
    if (!view) return undefined;
    const { strength, wifi } = view;
    const id = networkIdOf(this.device, key);
    return { id, device: this.device, group, name: nameOf(key.ssid), strength, wifi, link: mine?.link ?? idle };
  }

  /** Nothing is seen any more. */
  clear(): TechnologyEvent | undefined {
    return this.difference(new Map());
  }

  private difference(facts: ReadonlyMap<NetworkId, NetworkFact>): TechnologyEvent | undefined {
    const changed = [...facts.values()].filter((fact) => !sameFact(fact, this.reported.get(fact.id)));
    const gone = [...this.reported.keys()].filter((id) => !facts.has(id));
    for (const fact of changed) this.reported.set(fact.id, fact);
    for (const id of gone) this.reported.delete(id);
    return changed.length + gone.length > 0 ? { kind: 'networks', changed, gone } : undefined;
  }
}

function sameFact(a: NetworkFact, b: NetworkFact | undefined): boolean {
  if (a === b) return true;
  if (!b || !a.wifi || !b.wifi) return false;
  return (
    a.strength === b.strength &&
    a.wifi.frequency === b.wifi.frequency &&
    a.wifi.bssid === b.wifi.bssid &&
    a.wifi.offers.join() === b.wifi.offers.join() &&
    sameLink(a.link, b.link)
  );
}

function sameLink(a: NetworkLink, b: NetworkLink): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'idle')
    return b.kind === 'idle' && a.loss?.cause === b.loss?.cause && a.loss?.reason === b.loss?.reason;
  return b.kind !== 'idle' && a.attempt === b.attempt;
}

function isSame(a: readonly Bss[], b: readonly Bss[]): boolean {
  return a.length === b.length && a.every((bss, at) => bss === b[at]);
}
