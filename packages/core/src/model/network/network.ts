/** A network as one device sees it: what its driver reports, and the service it belongs to. */
import type { DeviceFact, NetworkFact, TechnologyType } from '@connman/contracts';
import { kindOf } from '../technology/kinds';

export interface Network extends NetworkFact {
  readonly type: TechnologyType;
  readonly serviceId: string;
}

export function networkOf(device: DeviceFact, fact: NetworkFact): Network {
  return { ...fact, type: device.type, serviceId: kindOf(device.type).serviceId(device, fact) };
}

/** The ifindex of the network's link; undefined while it is not up. */
export function ifindexOf({ link }: NetworkFact): number | undefined {
  return link.kind === 'up' ? link.ifindex : undefined;
}
