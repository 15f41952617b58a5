import { constants } from 'node:os';
import { lineLogger } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { NetlinkPort } from '@connman/ports';
import { ManualClock, MemoryFiles } from '@connman/testkit';
import type { Happening } from '../events';
import type { Change } from '../model/ipconfig/plan';
import { Kernel } from './kernel';
import { LinkSettling } from './link-settling';

const NLMSG_ERROR = 2;
const headerBytes = 16;

/** A kernel that answers each request in turn with the next of these errnos; 0 for done. */
function rig(errnos: number[]) {
  const requests: number[] = [];
  /** A datagram of the kernel's own accord. */
  let hear: (datagram: Uint8Array) => void = () => {};
  const netlink: NetlinkPort = {
    open: ({ groups, onDatagram, onIdle }) => {
      if (groups.length > 0) hear = onDatagram;
      const waiting: Buffer[] = [];
      return {
        send: (datagram) => {
          const bytes = Buffer.from(datagram);
          for (let at = 0; at < bytes.length; at += (bytes.readUInt32LE(at) + 3) & ~3) {
            requests.push(bytes.readUInt16LE(at + 4));
            waiting.push(answer(bytes.subarray(at, at + headerBytes), errnos.shift() ?? 0));
          }
        },
        drain: () => {
          for (const datagram of waiting.splice(0)) onDatagram(datagram);
          onIdle?.();
        },
        close: () => {},
      };
    },
  };
  const told: Happening[] = [];
  const lines: string[] = [];
  const log = lineLogger({ write: (line) => lines.push(line), level: 'info', severityPrefix: false, prefix: '' });
  const clock = new ManualClock();
  const settling = new LinkSettling({ files: new MemoryFiles(), clock, onSettled: () => {} });
  const kernel = new Kernel({ netlink, clock, log, settling, dispatch: (happening) => told.push(happening) });
  return { kernel, told, requests, lines, hear: (datagram: Uint8Array) => hear(datagram) };
}

function answer(request: Buffer, errno: number): Buffer {
  const message = Buffer.alloc(headerBytes + 4 + headerBytes);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(NLMSG_ERROR, 4);
  request.copy(message, 8, 8, 12);
  message.writeInt32LE(-errno, headerBytes);
  request.copy(message, headerBytes + 4);
  return message;
}

const address = { ifindex: 7, address: '192.0.2.7' as IpAddress, prefixLength: 24 };
const put: Change = { kind: 'put-address', address };
const remove = { kind: 'remove-address', address: { ...address, protocol: 109 } } as unknown as Change;

test('what the kernel does is not told twice: its own events say so', () => {
  const { kernel, told, requests } = rig([0, 0]);
  kernel.change([put, remove]);
  expect(requests).toEqual([20, 21]); // RTM_NEWADDR, RTM_DELADDR
  expect(told).toEqual([]);
});

test('each refused change is told with the reason; the others are carried out', () => {
  const { kernel, told, requests } = rig([constants.errno.EPERM, 0]);
  kernel.change([put, remove]);
  expect(requests).toHaveLength(2);
  expect(told).toEqual([{ kind: 'change-refused', change: put, reason: expect.stringMatching(/EPERM/) }]);
});

test.each(['ESRCH', 'EADDRNOTAVAIL', 'ENODEV'] as const)(
  '%s at a removal: it is gone already, and known to be',
  (code) => {
    const { kernel, told } = rig([constants.errno[code] as number]);
    kernel.change([remove]);
    expect(told).toEqual([
      { kind: 'kernel', facts: [{ kind: 'address-gone', address: { ...address, protocol: 109 } }] },
    ]);
  },
);

test('what is there already needs no word', () => {
  const { kernel, told } = rig([constants.errno.EEXIST]);
  kernel.change([put]);
  expect(told).toEqual([]);
});

test('what cannot be read is told once, however often a router says it, and of all kinds only so many', () => {
  const { hear, lines, told } = rig([]);
  const advertise = (lastByte: number) => {
    const message = Buffer.alloc(headerBytes + 16 + 24);
    message.writeUInt32LE(message.length, 0);
    message.writeUInt16LE(68, 4); // RTM_NEWNDUSEROPT
    message.set([10, 0, 24, 0, 7, 0, 0, 0, 134], headerBytes);
    // RDNSS with a multicast address.
    message.set([25, 3, 0, 0, 0, 0, 0, 9, 0xff, 2], headerBytes + 16);
    message[message.length - 1] = lastByte;
    hear(message);
  };
  advertise(1);
  advertise(1);
  expect(lines).toEqual([expect.stringMatching(/RDNSS with ff02::1, .*; ignored; reported once/)]);
  for (let i = 0; i < 256; i++) advertise(i);
  expect(lines).toHaveLength(20);
  expect(told).toEqual([]);
});
