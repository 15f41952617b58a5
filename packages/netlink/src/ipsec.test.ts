import { execFileSync } from 'node:child_process';
import { OsError } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import { enterNewNamespace, type Namespace, netlinkPort } from '@connman/linux';
import { covers, decodeIpsecPolicy, isProtectedByIpsec } from './ipsec';

let namespace: Namespace;
beforeEach(() => {
  namespace = enterNewNamespace();
});
afterEach(() => namespace.leave());

const address = (text: string) => text as IpAddress;
const add = (text: string) => execFileSync('ip', `xfrm policy add ${text}`.split(' '), { stdio: 'pipe' });
const template = 'tmpl proto esp reqid 1 mode transport';

test('only an outgoing policy that transforms, for the address and the port, protects', () => {
  const server = address('192.0.2.1');
  expect(isProtectedByIpsec(netlinkPort, server, 1701)).toBe(false);
  add(`src 0.0.0.0/0 dst 192.0.2.1/32 dir in ${template}`);
  add(`src 0.0.0.0/0 dst 192.0.2.0/24 proto udp dport 4500 dir out ${template}`);
  add('src 0.0.0.0/0 dst 192.0.0.0/16 dir out action allow');
  expect(isProtectedByIpsec(netlinkPort, server, 1701)).toBe(false);
  add(`src 0.0.0.0/0 dst 192.0.2.0/25 proto udp dport 1701 dir out ${template}`);
  expect(isProtectedByIpsec(netlinkPort, server, 1701)).toBe(true);
  expect(isProtectedByIpsec(netlinkPort, server, 1702)).toBe(false);
  expect(isProtectedByIpsec(netlinkPort, address('192.0.2.128'), 1701)).toBe(false);
  expect(isProtectedByIpsec(netlinkPort, address('2001:db8::1'), 1701)).toBe(false);
});

test('a policy for all of a family protects every address of it', () => {
  add(`src ::/0 dst ::/0 dir out ${template}`);
  expect(isProtectedByIpsec(netlinkPort, address('2001:db8::1'), 1701)).toBe(true);
  expect(isProtectedByIpsec(netlinkPort, address('192.0.2.1'), 1701)).toBe(false);
});

test('a kernel without IPsec protects nothing', () => {
  const without = {
    open: () => {
      throw new OsError('socket', 93, 'netlink protocol 6');
    },
  };
  expect(isProtectedByIpsec(without, address('192.0.2.1'), 1701)).toBe(false);
});

test('a policy that is cut short, or with any byte another one, is read or left out, and never an error', () => {
  const bytes = new Uint8Array(180);
  bytes[40] = 2;
  bytes.set([12, 0, 5, 0], 168);
  for (let end = 0; end <= bytes.length; end++) decodeIpsecPolicy(bytes, 0, end);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes);
    changed[at] = 0xff;
    const policy = decodeIpsecPolicy(changed, 0, changed.length);
    if (policy) covers(policy, address('192.0.2.1'), 1701);
  }
});
