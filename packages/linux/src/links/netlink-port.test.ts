import { spawnSync } from 'node:child_process';
import { childProgram } from '../../test/child';
import { enterVethNamespace, ip, type VethPair } from '../../test/veth';
import { netlinkPort } from './netlink-port';

const NETLINK_ROUTE = 0;
const RTNLGRP_LINK = 1;
const RTM_NEWLINK = 16;

let pair: VethPair;
beforeAll(() => {
  pair = enterVethNamespace();
});
afterAll(() => pair.namespace.leave());

function typesOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const types: number[] = [];
  for (let at = 0; at < bytes.length; at += (view.getUint32(at, true) + 3) & ~3)
    types.push(view.getUint16(at + 4, true));
  return types;
}

test("the kernel's messages are delivered in order, those another program forges are not", async () => {
  // Sends a message of type 99 to the multicast group and to each port id that listens here.
  const forger = childProgram(`
    import { readFileSync } from 'node:fs';
    import { addon } from './addon';
    const native = addon();
    const fd = native.socket(16, 3, ${NETLINK_ROUTE});
    const message = new Uint8Array(16);
    new DataView(message.buffer).setUint32(0, 16, true);
    new DataView(message.buffer).setUint16(4, 99, true);
    const to = new Uint8Array(12);
    const address = new DataView(to.buffer);
    address.setUint16(0, 16, true);
    address.setUint32(8, ${RTNLGRP_LINK}, true);
    console.log(native.sendto(fd, message, 0, to));
    address.setUint32(8, 0, true);
    for (const line of readFileSync('/proc/net/netlink', 'utf8').split('\\n').slice(1)) {
      const [, protocol, portId] = line.trim().split(/ +/);
      if (protocol !== '${NETLINK_ROUTE}' || portId === '0') continue;
      address.setUint32(4, Number(portId), true);
      console.log(native.sendto(fd, message, 0, to));
    }
  `);
  const types = await new Promise<number[]>((resolve, reject) => {
    const seen: number[] = [];
    const socket = netlinkPort.open({
      protocol: NETLINK_ROUTE,
      groups: [RTNLGRP_LINK],
      onDatagram(bytes) {
        seen.push(...typesOf(bytes));
      },
      onIdle() {
        socket.close();
        resolve(seen);
      },
      onOverrun: () => reject(new Error('overrun')),
      onError: reject,
    });
    const { stdout } = forger.run();
    // One to the group, at least one to a socket of ours.
    expect(stdout).toMatch(/^16\n(16\n)+/);
    ip('link set eth0 mtu 1400');
  });
  forger.remove();
  expect(types.length).toBeGreaterThan(0);
  expect(types).toEqual(types.map(() => RTM_NEWLINK));
});

test('an overrun is told once the queue is empty, and what comes afterwards is delivered', async () => {
  const events: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const socket = netlinkPort.open({
      protocol: NETLINK_ROUTE,
      groups: [RTNLGRP_LINK],
      receiveBufferBytes: 4096,
      onDatagram: () => events.push('message'),
      onOverrun() {
        events.push('overrun');
        ip('link set eth0 mtu 1500');
      },
      onIdle() {
        if (events.lastIndexOf('message') < events.indexOf('overrun')) return;
        socket.close();
        resolve();
      },
      onError: reject,
    });
    const batch = Array.from({ length: 200 }, (_, i) => `link set eth0 mtu ${1300 + i}`).join('\n');
    spawnSync('ip', ['-batch', '-'], { input: batch });
  });
  expect(events.filter((event) => event === 'overrun')).toHaveLength(1);
  expect(events.slice(events.indexOf('overrun') + 1)).toContain('message');
});

test('a socket closed by its own message delivers no more of what waits', () => {
  let messages = 0;
  const socket = netlinkPort.open({
    protocol: NETLINK_ROUTE,
    groups: [RTNLGRP_LINK],
    onDatagram() {
      messages++;
      socket.close();
    },
    onOverrun() {},
    onError() {},
  });
  for (let mtu = 1300; mtu < 1304; mtu++) ip(`link set eth0 mtu ${mtu}`);
  socket.drain();
  expect(messages).toBe(1);
});

test('a protocol and a group the kernel does not have are refused', () => {
  const options = { groups: [], onDatagram() {}, onOverrun() {}, onError() {} };
  expect(() => netlinkPort.open({ ...options, protocol: 77 })).toThrow('netlink protocol 77: socket failed');
  expect(() => netlinkPort.open({ ...options, protocol: NETLINK_ROUTE, groups: [9999] })).toThrow(
    'netlink protocol 0: joining group 9999 failed: EINVAL',
  );
});
