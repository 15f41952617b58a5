// Kea as a DHCPv6 server at the far end of a cable, the link `port`.
import type { Child } from './child';
import { type Host, peerLibraries, peersFolder } from './host';

export interface Kea6Plan {
  /** The first half of the /64 it is on. */
  readonly network: string;
  /** Lifetimes and timers in seconds. */
  readonly valid: number;
  readonly preferred: number;
  readonly t1: number;
  readonly t2: number;
  readonly rapidCommit: boolean;
  /** Delegated prefixes of /56 come from here, a /48. */
  readonly delegates?: string | undefined;
}

export async function startKea6(far: Host, plan: Kea6Plan): Promise<Child> {
  const { network, valid, preferred, t1, t2, rapidCommit, delegates } = plan;
  const subnet = {
    id: 1,
    subnet: `${network}::/64`,
    interface: 'port',
    'rapid-commit': rapidCommit,
    pools: [{ pool: `${network}::100 - ${network}::1ff` }],
    ...(delegates && { 'pd-pools': [{ prefix: delegates, 'prefix-len': 48, 'delegated-len': 56 }] }),
    'option-data': [
      { name: 'dns-servers', data: `${network}::53` },
      { name: 'domain-search', data: 'lab.example, example.org' },
      { name: 'sntp-servers', data: `${network}::123` },
    ],
  };
  const config = {
    Dhcp6: {
      'interfaces-config': { interfaces: ['port'] },
      'lease-database': { type: 'memfile', persist: false },
      'server-id': { type: 'EN', 'enterprise-id': 2495, identifier: '0123456789', persist: false },
      'valid-lifetime': valid,
      'preferred-lifetime': preferred,
      'renew-timer': t1,
      'rebind-timer': t2,
      subnet6: [subnet],
      loggers: [{ name: 'kea-dhcp6', severity: 'INFO', output_options: [{ output: 'stdout' }] }],
    },
  };
  far.write('/run/kea6.json', JSON.stringify(config));
  far.write('/var/lib/kea/README', '');
  const child = far.start([`${peersFolder}/usr/sbin/kea-dhcp6`, '-c', '/run/kea6.json'], {
    env: { ...peerLibraries(), KEA_LOCKFILE_DIR: 'none', KEA_PIDFILE_DIR: '/run' },
  });
  await child.line(/DHCP6_STARTED/);
  return child;
}
