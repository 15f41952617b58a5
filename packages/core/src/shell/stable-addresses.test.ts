import { OsError, silentLogger } from '@connman/base';
import { MemoryFiles } from '@connman/testkit';
import { BorrowedValues } from './borrowed-values';
import { StableAddresses } from './stable-addresses';

const runFolder = '/run/connman';
const secretFile = '/var/lib/connman/ipv6-secret';
const base = 'net/ipv6/conf/eth0';
const mode = `${base}/addr_gen_mode`;
const secret = `${base}/stable_secret`;
const EIO = 5;

/** A kernel's settings: it goes by a secret as soon as it has one, and has none to show before. */
function machine(before = '0') {
  const files = new MemoryFiles().putFolder(runFolder).putFolder('/var/lib/connman');
  const values = new Map([[mode, before]]);
  const writes: string[] = [];
  const sysctl = {
    read: (path: string) => {
      if (path === secret && !values.has(path)) throw new OsError('read', EIO, path);
      return values.get(path);
    },
    write: (path: string, value: string) => {
      writes.push(path);
      values.set(path, value);
      if (path === secret) values.set(mode, '2');
    },
  };
  const run = (seed = 1) => {
    const borrowed = new BorrowedValues({ files, sysctl, runFolder, bootId: 'boot', log: silentLogger });
    const entropy = { bytes: (count: number) => new Uint8Array(count).fill(seed), uint32: () => seed };
    const stable = new StableAddresses({ files, sysctl, borrowed, entropy, log: silentLogger, secretFile });
    return { borrowed, stable };
  };
  return { files, values, writes, run };
}

test('each service has a secret of its own, the same in the next run and another one on another machine', () => {
  const secretOf = (one: ReturnType<typeof machine>, service: string, seed = 1) => {
    one.run(seed).stable.begin('eth0', service);
    return one.values.get(secret);
  };
  const one = machine();
  const home = secretOf(one, 'ethernet_1_cable');
  expect(home).toMatch(/^[0-9a-f:]{20,}$/);
  expect(secretOf(one, 'ethernet_1_cable', 9)).toBe(home);
  expect(secretOf(one, 'ethernet_2_cable')).not.toBe(home);
  expect(secretOf(machine(), 'ethernet_1_cable', 9)).not.toBe(home);
  expect(one.files.status(secretFile)?.mode).toBe(0o600);
});

test('what the kernel went by before is kept before it has the secret, and given back', () => {
  const one = machine();
  const { stable, borrowed } = one.run();
  stable.begin('eth0', 'a');
  expect([one.writes[0], one.values.get(mode)]).toEqual([secret, '2']);
  expect(one.run().borrowed.former.sysctls).toEqual([mode]);
  borrowed.giveBackSysctl(mode);
  expect(one.values.get(mode)).toBe('0');
});

test('what the kernel has already is not written again, by the next run neither', () => {
  const one = machine();
  one.run().stable.begin('eth0', 'a');
  const { length } = one.writes;
  const next = one.run().stable;
  next.begin('eth0', 'a');
  expect(one.writes).toHaveLength(length);
  next.begin('eth0', 'b');
  expect(one.writes.slice(length)).toEqual([secret]);
});

test.each(['1', '2', '3'])('mode %s is an administrator’s, and stands', (before) => {
  const one = machine(before);
  one.run().stable.begin('eth0', 'a');
  expect([one.writes, one.values.get(mode)]).toEqual([[], before]);
});
