import type { Instant } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { AddressFact } from '@connman/netlink';
import { dadFailed, deprecated, emptyObserved, observeAddress, tentative } from '../../observed/tables';
import { globalIpv6 } from './router-advertisement';

const link = { ifindex: 2, since: 0 as Instant };

/** Addresses as the kernel tells of them, in this order. */
function shownOf(...addresses: readonly (readonly [address: string, flags: number])[]): string | undefined {
  const observed = emptyObserved();
  for (const [address, flags] of addresses) {
    const fact = {
      ifindex: 2,
      address: address as IpAddress,
      prefixLength: 64,
      flags,
      protocol: 2,
      validSeconds: 1800,
    };
    observeAddress(observed, fact as AddressFact, 0 as Instant);
  }
  return globalIpv6(link, observed)?.address;
}

test('after a renumbering the address is the new one, not the deprecated one before it (RFC 4862 section 5.5.4)', () => {
  expect(shownOf(['2001:db8:1::5', deprecated], ['2001:db8:2::5', 0])).toBe('2001:db8:2::5');
});

test('a deprecated address counts while there is no other', () => {
  expect(shownOf(['fe80::5', 0], ['2001:db8:1::5', deprecated], ['2001:db8:3::5', deprecated])).toBe('2001:db8:1::5');
});

test.each([
  ['a link-local one', ['fe80::5', 0]],
  ['a tentative one', ['2001:db8:1::5', tentative]],
  ['one that another host has', ['2001:db8:1::5', dadFailed]],
] as const)('%s is none', (_what, address) => {
  expect(shownOf(address)).toBeUndefined();
});
