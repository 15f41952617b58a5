/** Rules of other programs that keep clients of a shared connection from getting out, and what the user can do about them. */
import type { ChainFact } from '@connman/netlink';

/** One sentence for each chain that drops what is forwarded; `interfaceName` is the link clients are behind. */
export function droppedBy(chains: readonly ChainFact[], interfaceName: string): string[] {
  const own = /^connman-/;
  const dropping = chains.filter(({ table, dropsForwarded }) => dropsForwarded && !own.test(table));
  const texts = dropping.map(({ family, table, name }) => {
    const beside = chains
      .filter((chain) => chain.family === family && chain.table === table)
      .map((chain) => chain.name);
    return `the chain ${name} of the table ${family} ${table} drops what is forwarded: clients get out after ${remedy({ family, table, name }, beside, interfaceName)}`;
  });
  // It rejects by its last rule, whatever the policy says.
  const firewalld = chains.find(({ table }) => table === 'firewalld');
  if (!firewalld) return texts;
  const command = `"firewall-cmd --zone=trusted --add-interface=${interfaceName}"`;
  return [...texts, `firewalld rejects what is forwarded from links without a zone: clients get out after ${command}`];
}

function remedy(
  { family, table, name }: Pick<ChainFact, 'family' | 'table' | 'name'>,
  beside: readonly string[],
  link: string,
): string {
  if (beside.some((one) => one.startsWith('ufw'))) return `"ufw route allow in on ${link}"`;
  if (table !== 'filter' || family === 'inet') {
    const rule = (word: string) => `"nft insert rule ${family} ${table} ${name} ${word} ${link} accept"`;
    return `${rule('iifname')} and ${rule('oifname')}`;
  }
  const chain = beside.includes('DOCKER-USER') ? 'DOCKER-USER' : name;
  const program = family === 'ip6' ? 'ip6tables' : 'iptables';
  return `"${program} -I ${chain} -i ${link} -j ACCEPT" and "${program} -I ${chain} -o ${link} -j ACCEPT"`;
}
