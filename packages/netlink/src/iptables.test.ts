import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { enterNewNamespace, type Namespace, netlinkPort, programRunner } from '@connman/linux';
import type { ProgramRunner } from '@connman/ports';
import { firewallCases } from '@connman/testkit';
import { IptablesFirewall } from './iptables';
import { setLink } from './link';
import { openRouteSocket } from './route-socket';

/** Where tools/setup unpacks what the machine does not have. */
const peers = join(__dirname, '../../../tmp/peers');
const triplet = { x64: 'x86_64', arm64: 'aarch64', arm: 'arm' }[process.arch as string];
const libraries = `${peers}/usr/lib/${triplet}-linux-gnu${process.arch === 'arm' ? 'eabihf' : ''}`;
const legacy = (name: string) => `${peers}/usr/sbin/${name}`;

/** iptables as the machine has it, or the unpacked one, which finds its libraries beside it. */
const programs: ProgramRunner = {
  find: (name) => programRunner.find(name) ?? (existsSync(legacy(name)) ? legacy(name) : undefined),
  run(program, args, input) {
    if (!program.startsWith(peers)) return programRunner.run(program, args, input);
    const variables = [`LD_LIBRARY_PATH=${libraries}`, `XTABLES_LIBDIR=${libraries}/xtables`];
    return programRunner.run('/usr/bin/env', [...variables, program, ...args], input);
  },
};

const run = (name: string, args: readonly string[], input = '') =>
  programs.run(programs.find(name) as string, args, input);
const saved = () => ['iptables', 'ip6tables'].map((name) => run(`${name}-legacy-save`, []).output).join('');
const withoutCounters = (text: string) => text.replace(/^#.*\n|\[\d+:\d+\]/gm, '');

let namespace: Namespace;
const firewall = new IptablesFirewall(programs, () => true);

beforeAll(() => {
  namespace = enterNewNamespace();
  const routes = openRouteSocket(netlinkPort, { onEvents() {}, onResync() {}, onFault() {} });
  expect(routes.change(setLink(1, { up: true })).ok).toBe(true);
  routes.close();
});
afterAll(() => namespace.leave());

const where = programs.find('iptables-legacy-restore') && process.getuid?.() === 0 ? test : test.skip;

where.each(firewallCases)('$name', ({ run }) => run(firewall));

where('rules of others stay as they are, and are asked after ours', () => {
  const theirs =
    '*filter\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -j RETURN\nCOMMIT\n';
  expect(run('iptables-legacy-restore', [], theirs).code).toBe(0);
  const before = withoutCounters(saved());
  const rules = [{ matches: [{ kind: 'in-interface', name: 'tether' }], verdict: 'accept' }] as const;
  const chain = { name: 'forward', base: { hook: 'forward', priority: 0 }, rules } as const;
  for (const _ of [1, 2]) expect(firewall.replace('connman-test', [chain])).toEqual({ ok: true, value: undefined });
  const with4 = saved();
  expect(with4.match(/-A FORWARD .*/g)).toEqual([
    ...['-A FORWARD -j connman-test-forward', '-A FORWARD -j DOCKER-USER', '-A FORWARD -j connman-test-forward'],
  ]);
  expect(with4).toContain('-A connman-test-forward -i tether -j RETURN');
  expect(firewall.replace('connman-test', []).ok).toBe(true);
  // The kernel shows a table of its own once a program has looked at it.
  expect(withoutCounters(saved()).replace(/\*(raw|mangle|nat)\n(:.*\n)*COMMIT\n/g, '')).toBe(
    before.replace(/\*(raw|mangle|nat)\n(:.*\n)*COMMIT\n/g, ''),
  );
});

test('without the program the error says that it is not installed, and nothing was there before', () => {
  const without = new IptablesFirewall({ ...programs, find: () => undefined }, () => false);
  const refused = without.replace('connman-test', []);
  expect(!refused.ok && refused.error.message).toBe('iptables is not installed');
});
