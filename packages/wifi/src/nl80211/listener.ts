/** Listens to the kernel's wireless events. Without nl80211, or when the socket fails, there are none: nothing depends on them. */
import type { Logger } from '@connman/base';
import { type MacAddress, macFromBytes } from '@connman/inet';
import { GenericSocket, MessageReader } from '@connman/netlink';
import type { NetlinkPort, NetlinkSocket } from '@connman/ports';
import { type AirEvent, decodeAirEvent } from './air';
import { nl80211 } from './numbers';

const netlinkGeneric = 16;

export interface AirListener {
  close(): void;
}

/** @param ownAddress the address a link uses now. */
export function listenToAir(
  port: NetlinkPort,
  log: Logger,
  ownAddress: (ifindex: number) => MacAddress | undefined,
  onEvent: (event: AirEvent) => void,
): AirListener {
  let socket: NetlinkSocket | undefined;
  try {
    const family = identify(port);
    const groups = ['mlme', 'scan'].flatMap((name) => family?.groups.get(name) ?? []);
    if (!family || groups.length === 0) return { close() {} };
    const isOwn = (ifindex: number, frame: Uint8Array, at: number) =>
      frame.length >= at + 6 && macFromBytes(frame, at) === ownAddress(ifindex);
    socket = port.open({
      protocol: netlinkGeneric,
      groups,
      onDatagram: (bytes) => {
        const messages = new MessageReader(bytes);
        while (messages.next()) {
          if (messages.type !== family.id) continue;
          const event = decodeAirEvent(bytes, messages.start, messages.end, isOwn);
          if (event) onEvent(event);
        }
      },
      onOverrun: () => {},
      onError: (error) => log.debug(`wireless events: ${error.message}`),
    });
  } catch (error) {
    log.debug(`no wireless events from the kernel: ${(error as Error).message}`);
  }
  return { close: () => socket?.close() };
}

function identify(port: NetlinkPort): ReturnType<GenericSocket['identify']> {
  const socket = new GenericSocket(port, nl80211.family);
  try {
    return socket.identify();
  } finally {
    socket.close();
  }
}
