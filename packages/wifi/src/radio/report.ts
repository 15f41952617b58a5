/** Which networks a device sees, and what of that was reported: a scan's results go out as one event with what changed. */
import type { DeviceId, NetworkFact, NetworkId, NetworkLink, TechnologyEvent } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import { type Bss, groupOf, keyOf, type NetworkKey, nameOf, networkIdOf, viewOf } from './networks';

export interface LinkOf {
  readonly key: NetworkKey;
  readonly link: NetworkLink;
  readonly bssid?: MacAddress;
}

const idle: NetworkLink = { kind: 'idle' };

export class NetworkReport {
  private readonly device: DeviceId;
  private readonly reported = new Map<NetworkId, NetworkFact>();

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
      const key = keyOf(bss);
      const group = groupOf(key);
      const known = members.get(group);
      if (known) known.all.push(bss);
      else members.set(group, { key, all: [bss] });
    }
    const special = [active, loss].filter((one) => one !== undefined);
    for (const { key, all } of members.values()) {
      const id = networkIdOf(this.device, key);
      const mine = special.find((one) => groupOf(one.key) === groupOf(key));
      const view = viewOf(key, all, mine?.bssid);
      if (!view) continue;
      const { strength, wifi } = view;
      const link = mine?.link ?? idle;
      facts.set(id, { id, device: this.device, group: groupOf(key), name: nameOf(key.ssid), strength, wifi, link });
    }
    if (active) {
      const id = networkIdOf(this.device, active.key);
      const before = this.reported.get(id);
      if (!facts.has(id) && before) facts.set(id, { ...before, link: active.link });
    }
    return this.difference(facts);
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
