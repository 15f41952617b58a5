import { err, ok, type Result } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { Nat64SearchRequest } from '../../model/online/nat64-search';
import { nat64Finder } from './nat64-search';
import type { ResolveFailure } from './resolve';

const request = {
  service: 'a',
  nameservers: ['2001:db8::53'],
  interfaceName: 'eth0',
  tls: 'off',
} as unknown as Nat64SearchRequest;

test.each<[string, Result<readonly IpAddress[], ResolveFailure>, readonly string[] | undefined]>([
  ['addresses', ok(['64:ff9b::c000:aa' as IpAddress]), ['64:ff9b::c000:aa']],
  ['that there are none', err({ reason: 'no AAAA record', transient: false, denied: true }), []],
  ['nothing', err({ reason: 'no answer', transient: false }), undefined],
])('a server that responds with %s', async (_, result, expected) => {
  const finder = nat64Finder((host, family) => {
    expect([host, family]).toEqual(['ipv4only.arpa', 6]);
    return { result: Promise.resolve(result), cancel: () => {} };
  });
  expect(await new Promise((resolve) => finder(request, resolve))).toEqual(expected);
});
