import { silentLogger } from '@connman/base';
import { networkId } from '@connman/contracts';
import { type MacAddress, macToBytes } from '@connman/inet';
import { MemoryFiles } from '@connman/testkit';
import { NetworkAddresses } from './addresses';

const secretFile = '/var/lib/connman/mac-address-secret';
const home = networkId('wifi:020000000000/486f6d65_managed_psk');
const cafe = networkId('wifi:020000000000/43616665_managed_none');

/** Another number each time. */
function entropyFrom(seed: number) {
  let next = seed;
  return { bytes: (count: number) => new Uint8Array(count).fill(++next), uint32: () => ++next };
}

function addresses(files = new MemoryFiles(), seed = 1): NetworkAddresses {
  return new NetworkAddresses({ files, secretFile, entropy: entropyFrom(seed), log: silentLogger });
}

function macOf(one: NetworkAddresses, policy: Parameters<NetworkAddresses['given']>[0], network = home): MacAddress {
  const given = one.given(policy, network);
  if (given.kind !== 'set') throw new Error('no address was given');
  return given.mac;
}

const stable = { kind: 'stable' } as const;
const random = (round: number) => ({ kind: 'random', round }) as const;

test('a network sees the same stable address in the next run, and another one than the next network', () => {
  const files = new MemoryFiles();
  const first = macOf(addresses(files), stable);
  expect(macOf(addresses(files, 50), stable)).toBe(first);
  expect(macOf(addresses(files), stable, cafe)).not.toBe(first);
  expect(macOf(addresses(new MemoryFiles(), 50), stable)).not.toBe(first);
});

test('a random address is kept for its round, and is another one in the next round and the next run', () => {
  const files = new MemoryFiles();
  const one = addresses(files);
  const first = macOf(one, random(1));
  expect(macOf(one, random(1))).toBe(first);
  const others = [macOf(one, random(2)), macOf(one, random(1), cafe), macOf(addresses(files, 9), random(1))];
  expect(new Set([first, ...others]).size).toBe(4);
});

test('derived addresses are individual and locally administered', () => {
  const one = addresses();
  for (let round = 1; round <= 100; round++) {
    expect((macToBytes(macOf(one, random(round)))[0] as number) & 0x03).toBe(0x02);
  }
});

test('the next run knows a derived address as ours, and no other', () => {
  const files = new MemoryFiles();
  const ours = macOf(addresses(files), random(1));
  const next = addresses(files, 50);
  expect(next.isOurs(ours)).toBe(true);
  expect(next.isOurs('02:12:34:56:78:9a' as MacAddress)).toBe(false);
  expect(next.isOurs('00:12:34:56:78:9a' as MacAddress)).toBe(false);
  expect(addresses(new MemoryFiles(), 50).isOurs(ours)).toBe(false);
});

test('the secret is readable by its owner alone, and the permanent policy makes none', () => {
  const files = new MemoryFiles();
  const one = addresses(files);
  expect(one.given({ kind: 'permanent' }, home)).toEqual({ kind: 'permanent' });
  expect(files.read(secretFile)).toBeUndefined();
  macOf(one, stable);
  expect(files.status(secretFile)?.mode).toBe(0o600);
  expect(files.read(secretFile)).toMatch(/^[0-9a-f]{64}\n$/);
});

test('a secret file that is damaged is replaced', () => {
  const files = new MemoryFiles();
  files.writeAtomic(secretFile, 'damaged', 0o600);
  const first = macOf(addresses(files), stable);
  expect(macOf(addresses(files, 50), stable)).toBe(first);
});
