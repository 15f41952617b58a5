import type { ChainFact } from '@connman/netlink';
import { droppedBy } from './foreign-firewall';

const chain = (family: ChainFact['family'], table: string, name: string, dropsForwarded = false): ChainFact => ({
  ...{ family, table, name, dropsForwarded },
});
const forward = chain('ip', 'filter', 'FORWARD', true);

test.each([
  ['a policy of DROP', [forward], 'iptables -I FORWARD -i tether -j ACCEPT'],
  ['the same of IPv6', [chain('ip6', 'filter', 'FORWARD', true)], 'ip6tables -I FORWARD -o tether -j ACCEPT'],
  ['Docker', [forward, chain('ip', 'filter', 'DOCKER-USER')], 'iptables -I DOCKER-USER -i tether -j ACCEPT'],
  ['ufw', [forward, chain('ip', 'filter', 'ufw-before-forward')], 'ufw route allow in on tether'],
  ['nftables', [chain('inet', 'mine', 'fwd', true)], 'nft insert rule inet mine fwd iifname tether accept'],
  ['firewalld', [chain('inet', 'firewalld', 'filter_FORWARD')], 'firewall-cmd --zone=trusted --add-interface=tether'],
])('of %s the user hears which command lets clients out', (_, chains, command) => {
  const texts = droppedBy(chains, 'tether');
  expect(texts).toHaveLength(1);
  expect(texts[0]).toContain(`"${command}"`);
});

test('chains that accept, or are our own, are no reason for a warning', () => {
  expect(
    droppedBy([chain('ip', 'filter', 'FORWARD'), chain('inet', 'connman-lock', 'forward', true)], 'tether'),
  ).toEqual([]);
});
