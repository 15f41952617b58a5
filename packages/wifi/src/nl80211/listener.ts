/** Listens to the kernel's wireless events. Without nl80211, or when the socket fails, there are none: nothing depends on them. */
import type { Logger } from '@connman/base';
import type { MacAddress } from '@connman/inet';
import { macFromBytes } from '@connman/inet';
import { AttributeReader, Exchange, MessageReader } from '@connman/netlink';
import type { NetlinkPort, NetlinkSocket } from '@connman/ports';
import { type AirEvent, decodeAirEvent } from './air';

const netlinkGeneric = 16;
const genlIdControl = 16;
const controlGetFamily = 3;
const attributeFamilyId = 1;
const attributeFamilyName = 2;
const attributeGroups = 7;
const attributeGroupName = 1;
const attributeGroupId = 2;

interface Family {
  readonly id: number;
  readonly groups: ReadonlyMap<string, number>;
}

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
    const family = findFamily(port, 'nl80211');
    const group = family?.groups.get('mlme');
    if (!family || group === undefined) return { close() {} };
    const isOwn = (ifindex: number, frame: Uint8Array, at: number) =>
      frame.length >= at + 6 && macFromBytes(frame, at) === ownAddress(ifindex);
    socket = port.open({
      protocol: netlinkGeneric,
      groups: [group],
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

function findFamily(port: NetlinkPort, wanted: string): Family | undefined {
  const exchange = new Exchange(port, netlinkGeneric);
  let found: Family | undefined;
  try {
    const body = Uint8Array.of(controlGetFamily, 1, 0, 0);
    const request = { type: genlIdControl, body, object: 'generic netlink families' };
    const start = () => {
      found = undefined;
    };
    const dumped = exchange.dump(request, start, (message) => {
      const family = readFamily(message.bytes, message.start, message.end);
      if (family.name === wanted) found = family;
    });
    if (!dumped.ok) throw dumped.error;
  } finally {
    exchange.close();
  }
  return found;
}

function readFamily(bytes: Uint8Array, start: number, end: number): Family & { readonly name: string } {
  let id = 0;
  let name = '';
  const groups = new Map<string, number>();
  const attributes = new AttributeReader(bytes, start + 4, end);
  while (attributes.next()) {
    if (attributes.type === attributeFamilyId) id = attributes.number();
    else if (attributes.type === attributeFamilyName) name = attributes.text();
    else if (attributes.type === attributeGroups) {
      const entries = attributes.nested();
      while (entries.next()) {
        const entry = entries.nested();
        let group = '';
        let number = 0;
        while (entry.next()) {
          if (entry.type === attributeGroupName) group = entry.text();
          else if (entry.type === attributeGroupId) number = entry.number();
        }
        groups.set(group, number);
      }
    }
  }
  return { id, name, groups };
}
