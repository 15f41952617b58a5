/** The MTU that clients of a shared connection are given: that of the way out, where it carries less than their link does. */
import { isConnected, linkOf } from '../model/service/service';
import { defaultService } from '../turn';
import type { World } from '../world';

/** 0 where their link says it all. */
export function clientMtu(world: World): number {
  const { observed, tethering } = world;
  const service = defaultService(world);
  const uplink = service && isConnected(service.state) ? observed.links.get(linkOf(service) ?? 0) : undefined;
  const bridge = observed.links.get(tethering.bridge ?? 0);
  return uplink && bridge && uplink.mtu > 0 && uplink.mtu < bridge.mtu ? uplink.mtu : 0;
}
