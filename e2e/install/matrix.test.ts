// Every selection of parts that a packager may make starts: all, the least there is, and each part left out.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repository } from '../netns/lab/host';
import { inLab } from '../netns/lab/lab';

jest.setTimeout(60_000);

interface Part {
  readonly name: string;
  readonly program?: string;
  readonly host?: string;
  readonly package?: string;
  readonly needs: readonly string[];
  readonly default: boolean;
  readonly built?: boolean;
  readonly useFlag?: string;
  readonly keys?: readonly string[];
  readonly options?: readonly string[];
}

const parts: readonly Part[] = JSON.parse(readFileSync(`${repository}/features.json`, 'utf8')).parts;
const built = parts.filter((part) => part.built !== false);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'connman-matrix-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function install(...words: string[]): string {
  const target = mkdtempSync(path.join(folder, 'root-'));
  execFileSync(`${repository}/tools/install`, ['--destdir', target, ...words]);
  return target;
}

async function comesOnline(target: string): Promise<void> {
  const daemon = [`${target}/usr/sbin/connmand`, '-n'];
  await inLab({ name: 'ours', daemon, client: [], env: {}, offload: true }, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const connman = await lab.startDaemon();
    await network.plug();
    await connman.untilOnline('eth0');
  });
}

test('the table names every part once, and what a part needs is in it', () => {
  const names = parts.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  for (const { name, needs, host } of parts)
    for (const other of host ? [...needs, host] : needs)
      expect([name, names]).toEqual([name, expect.arrayContaining([other])]);
});

test('each of the USE flags of net-misc/connman has its row', () => {
  const flags =
    'bluetooth debug doc ethernet examples iptables iwd l2tp networkmanager nftables ofono openconnect openvpn policykit pptp ' +
    'tools vpnc wifi wireguard wispr';
  expect(parts.flatMap(({ useFlag }) => useFlag ?? []).sort()).toEqual(flags.split(' '));
});

test('with all parts it comes online', () => comesOnline(install('--only', built.map(({ name }) => name).join(','))));

test('connmand alone comes online', () => comesOnline(install('--only', 'connmand')));

const optional = built.filter(
  ({ name, default: wanted }) => wanted && !['shared', 'connmand', 'debug', 'wispr'].includes(name),
);

test.each(optional.map((part) => [part.name, part] as const))('without %s it comes online', async (name, part) => {
  const target = install('--without', name);
  const files = readdirSync(target, { recursive: true }).map(String);
  if (part.program) expect(files).not.toContain(`usr/${part.program}`);
  if (part.host && part.package) expect(files).not.toContain(`usr/lib/connman/${part.host}.${name}.js`);
  await comesOnline(target);
});

test('each program that is left in tells its version or its usage', () => {
  const target = install();
  for (const { program, built: isBuilt } of parts) {
    if (!program || isBuilt === false) continue;
    expect(existsSync(`${target}/usr/${program}`)).toBe(true);
    const { stdout, status } = spawnSync(`${target}/usr/${program}`, ['--version'], { encoding: 'utf8' });
    expect([program, stdout, status]).toEqual([program, expect.stringMatching(/\d+\.\d+\.\d+/), 0]);
  }
});
