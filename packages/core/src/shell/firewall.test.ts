// Whether a kill switch would hold: asked of the kernel, and of iptables where that refuses.
import { err, OsError, ok, type Result, silentLogger } from '@connman/base';
import type { FirewallBackend, FirewallChain } from '@connman/netlink';
import type { NetlinkPort } from '@connman/ports';
import { MemoryFiles } from '@connman/testkit';
import { Firewall } from './firewall';

const withoutNetfilter = {
  open() {
    throw new OsError('socket', 93, 'netlink protocol 12');
  },
} as unknown as NetlinkPort;

class Iptables implements FirewallBackend {
  readonly changes: string[] = [];
  refusal: Error | undefined;

  replace(name: string, chains: readonly FirewallChain[]): Result<void, Error> {
    this.changes.push(`${name} ${chains.flatMap(({ rules }) => rules.map(({ verdict }) => verdict)).length}`);
    return this.refusal ? err(this.refusal) : ok(undefined);
  }
  chainsOf = () => ok([]);
  allChains = () => ok([]);
  countsOf = () => ok([]);
  close() {}
}

function firewall(program: FirewallBackend | undefined): Firewall {
  return new Firewall({
    ...{ netlink: withoutNetfilter, files: new MemoryFiles(), log: silentLogger },
    loadIptables: () => program,
  });
}

test('on a kernel without nf_tables a kill switch holds by iptables, and the probe takes its chains away', () => {
  const iptables = new Iptables();
  expect(firewall(iptables).probe()).toBeUndefined();
  expect(iptables.changes).toEqual([expect.stringMatching(/^connman-probe [1-9]/), 'connman-probe 0']);
});

test('where neither takes the chains, the reason names both', () => {
  const iptables = new Iptables();
  iptables.refusal = new Error('iptables is not installed');
  expect(firewall(iptables).probe()).toMatch(
    /netlink protocol 12: socket failed.*; iptables is not installed; it needs nf_tables in the kernel, or iptables$/,
  );
  expect(firewall(undefined).probe()).toMatch(/^netlink protocol 12: .*; it needs nf_tables in the kernel/);
});
