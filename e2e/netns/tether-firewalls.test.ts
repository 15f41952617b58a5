// Sharing a connection beside the rules of Docker, ufw and firewalld, and on a kernel without nf_tables: theirs stay as they are, and go on doing what they are for.
import { withoutNetfilter } from '../vpn/without-netfilter';
import { DhcpClient } from './lab/dhcp-client';
import { Host, peersFolder } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { iptablesLegacy, offerPrograms, peerEnvironment } from './lab/peers';
import { ours } from './lab/subject';

jest.setTimeout(90_000);

const mainConf = '[General]\nPreferredTechnologies=ethernet\nTetheringTechnologies=ethernet\n';

/** As Docker 24 leaves them with one bridge and no published port. */
const DOCKER = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
`;

/** As ufw has them with its defaults, in short: nothing comes in, nothing is forwarded. */
const UFW = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:ufw-before-input - [0:0]
:ufw-before-forward - [0:0]
-A INPUT -j ufw-before-input
-A FORWARD -j ufw-before-forward
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`;

class Rules {
  readonly #lab: Lab;
  readonly #variant: 'nft' | 'legacy';
  readonly #env = peerEnvironment();

  constructor(lab: Lab, variant: 'nft' | 'legacy') {
    this.#lab = lab;
    this.#variant = variant;
  }

  async restore(text: string): Promise<void> {
    this.#lab.machine.write('/run/rules', text);
    await this.#run('restore', '/run/rules');
  }

  /** Without the counters. */
  async saved(): Promise<string> {
    const lines = (await this.#run('save')).split('\n').filter((line) => !line.startsWith('#'));
    return lines.join('\n').replace(/\[\d+:\d+\]/g, '');
  }

  async add(...words: string[]): Promise<void> {
    await this.#lab.machine.run([`${peersFolder}/usr/sbin/iptables-${this.#variant}`, ...words], { env: this.#env });
  }

  #run(action: 'save' | 'restore', ...words: string[]): Promise<string> {
    const program = `${peersFolder}/usr/sbin/iptables-${this.#variant}-${action}`;
    return this.#lab.machine.run([program, ...words], { env: this.#env });
  }
}

const ping = (host: Host) => host.run('ping -c 1 -w 3 10.77.1.1');

onlyOurs('Docker’s rules stay as they are and its containers online; clients pass when DOCKER-USER lets them', () =>
  inLab(ours, async (lab) => {
    await lab.online({}, { mainConf });
    const rules = new Rules(lab, 'nft');
    await rules.restore(DOCKER);
    await lab.machine.run('ip link add docker0 type bridge');
    await lab.machine.run('ip address add 172.17.0.1/16 dev docker0');
    await lab.machine.run('ip link set docker0 up');
    await lab.machine.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
    const container = await Host.open(`${lab.machine.name}-container`);
    const client = await DhcpClient.open(lab, 'eth1', 77);
    try {
      await lab.machine.connect({ link: 'veth1', ifindex: 88 }, container, { link: 'eth0', ifindex: 588 });
      await lab.machine.run('ip link set veth1 master docker0 up');
      await container.run('ip address add 172.17.0.2/16 dev eth0');
      await container.run('ip link set eth0 up');
      await container.run('ip route add default via 172.17.0.1');
      await ping(container);
      const before = await rules.saved();
      expect(before).toContain('DOCKER-USER');

      await lab.connmanctl('tether', 'ethernet', 'on');
      await client.lease();
      expect(await rules.saved()).toBe(before);
      await ping(container);
      await expect(ping(client.host)).rejects.toThrow(/100% packet loss/);
      const warnings = lab.daemon.output.items.filter((line) => line.includes('drops what is forwarded'));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('"iptables -I DOCKER-USER -i tether -j ACCEPT"');
      for (const end of ['-i', '-o']) await rules.add('-I', 'DOCKER-USER', end, 'tether', '-j', 'ACCEPT');
      await ping(client.host);

      await lab.connmanctl('tether', 'ethernet', 'off');
      await lab.machine.until('no bridge', async () => !(await lab.machine.run('ip -o link')).includes('tether'));
      for (const end of ['-i', '-o']) await rules.add('-D', 'DOCKER-USER', end, 'tether', '-j', 'ACCEPT');
      expect(await rules.saved()).toBe(before);
      await ping(container);
      expect(await lab.machine.run('cat /proc/sys/net/ipv4/ip_forward')).toBe('1');
    } finally {
      await client.close();
      await container.close();
    }
  }),
);

onlyOurs('ufw’s rules stay as they are; a lease needs none of them, names and the way out need theirs', () =>
  inLab(ours, async (lab) => {
    await lab.online({}, { mainConf });
    await offerPrograms(lab.machine, ...iptablesLegacy);
    const rules = new Rules(lab, 'legacy');
    await rules.restore(UFW);
    const before = await rules.saved();
    const client = await DhcpClient.open(lab, 'eth1', 77);
    try {
      await lab.connmanctl('tether', 'ethernet', 'on');
      await client.lease();
      expect(await rules.saved()).toBe(before);
      await expect(ping(client.host)).rejects.toThrow(/100% packet loss/);
      await lab.daemon.line(/tether: the chain FORWARD .* drops .* "ufw route allow in on tether"/);
      await rules.add('-I', 'ufw-before-input', '-i', 'tether', '-j', 'ACCEPT');
      await rules.add('-I', 'ufw-before-forward', '-i', 'tether', '-j', 'ACCEPT');
      await ping(client.host);
      expect(await client.host.run('dig +short +tries=2 +time=2 gateway.example A')).toBe('10.77.1.1');
    } finally {
      await client.close();
    }
  }),
);

/** As firewalld 1.3 has them for one link in the zone public, in short: what comes from links without a zone is rejected. */
const FIREWALLD = `table inet firewalld {
  chain nat_POSTROUTING {
    type nat hook postrouting priority 110; policy accept;
  }
  chain filter_FWD_public {
  }
  chain filter_FORWARD_ZONES {
    iifname "eth0" goto filter_FWD_public
  }
  chain filter_FORWARD {
    type filter hook forward priority 10; policy accept;
    ct state { established, related } accept
    iifname "lo" accept
    jump filter_FORWARD_ZONES
    reject with icmpx admin-prohibited
  }
}
`;

const nft = (lab: Lab, ...words: string[]) =>
  lab.machine.run([`${peersFolder}/usr/sbin/nft`, ...words], { env: peerEnvironment() });

onlyOurs('firewalld’s table stays as it is; clients pass when their link has a zone', () =>
  inLab(ours, async (lab) => {
    await lab.online({}, { mainConf });
    lab.machine.write('/run/rules', FIREWALLD);
    await nft(lab, '-f', '/run/rules');
    const before = await nft(lab, 'list', 'table', 'inet', 'firewalld');
    const client = await DhcpClient.open(lab, 'eth1', 77);
    try {
      await lab.connmanctl('tether', 'ethernet', 'on');
      await lab.daemon.line(/tether: firewalld rejects .* "firewall-cmd --zone=trusted --add-interface=tether"/);
      await client.lease();
      expect(await nft(lab, 'list', 'table', 'inet', 'firewalld')).toBe(before);
      await expect(ping(client.host)).rejects.toThrow(/100% packet loss/);
      await nft(lab, 'insert', 'rule', 'inet', 'firewalld', 'filter_FORWARD_ZONES', 'iifname', 'tether', 'accept');
      await ping(client.host);
    } finally {
      await client.close();
    }
  }),
);

const onOldKernel = { ...ours, daemon: [...withoutNetfilter, ...ours.daemon] };

onlyOurs(
  'on a kernel without nf_tables iptables translates, beside rules of others, and gives them back as they were',
  () =>
    inLab(onOldKernel, async (lab) => {
      await offerPrograms(lab.machine, ...iptablesLegacy);
      const rules = new Rules(lab, 'legacy');
      await rules.restore(DOCKER.replace('FORWARD DROP', 'FORWARD ACCEPT'));
      const before = await rules.saved();
      await lab.online({}, { mainConf });
      const client = await DhcpClient.open(lab, 'eth1', 77);
      try {
        expect(await lab.connmanctl('tether', 'ethernet', 'on')).toContain('Enabled tethering');
        await client.lease();
        await ping(client.host);
        expect(await rules.saved()).toContain('-A connman-nat-postrouting -s 192.168.0.0/24 ! -o tether -j MASQUERADE');
        await lab.stopDaemon('SIGKILL');
        await ping(client.host);
        await lab.startDaemon();
        await lab.connman.until(
          'shared again',
          () => lab.connman.technologies.get('/net/connman/technology/ethernet')?.Tethering === true,
        );
        await lab.connmanctl('tether', 'ethernet', 'off');
        // The kernel shows a table of its own once a program has looked at it.
        const theirs = (text: string) => text.replace(/\*(raw|mangle)\n(:.*\n)*COMMIT\n?/g, '').trim();
        expect(theirs(await rules.saved())).toBe(theirs(before));
      } finally {
        await client.close();
      }
    }),
);

onlyOurs('on a kernel without nf_tables, and without iptables, the refusal names both', () =>
  inLab(onOldKernel, async (lab) => {
    await lab.machine.run('mount -t tmpfs tmpfs /usr/sbin');
    await lab.online({}, { mainConf });
    const client = await DhcpClient.open(lab, 'eth1', 77);
    try {
      expect(await lab.connmanctl('tether', 'ethernet', 'on').catch(String)).toMatch(/Not supported/);
      await lab.daemon.line(
        /ethernet: the connection cannot be shared: .*iptables is not installed; it needs nf_tables/,
      );
    } finally {
      await client.close();
    }
  }),
);
