/** net.connman.Peer: what a client calls at /net/connman/peer/IDENTIFIER. */
import type { peerInterface } from '@connman/contracts';
import type { Handlers } from '@connman/dbus';
import type { PropertyMap } from '../publish/snapshot';
import type { Calls } from './calls';

export function peerHandlers(
  calls: Calls,
  service: string,
  properties: () => PropertyMap,
): Handlers<typeof peerInterface> {
  return {
    GetProperties: properties,
    Connect: (_, call) => calls.ask(call, { kind: 'connect', service }),
    Disconnect: (_, call) => calls.ask(call, { kind: 'disconnect', service }),
  };
}
