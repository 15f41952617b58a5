// Sharing a connection beside the rules of Docker and of ufw: theirs stay as they are, and go on doing what they are for.
import { readdirSync } from 'node:fs';
import { DhcpClient } from './lab/dhcp-client';
import { Host, peersFolder } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import { peerLibraries } from './lab/network';
import { onlyOurs } from './lab/only-ours';
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
  readonly #env: NodeJS.ProcessEnv;

  constructor(lab: Lab, variant: 'nft' | 'legacy') {
    this.#lab = lab;
    this.#variant = variant;
    const library = peerLibraries();
    const [folder = ''] = String(library.LD_LIBRARY_PATH)
      .split(':')
      .filter((one) => readable(`${one}/xtables`));
    this.#env = { ...library, XTABLES_LIBDIR: `${folder}/xtables` };
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

const readable = (folder: string): boolean => {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
};

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
    const rules = new Rules(lab, 'legacy');
    await rules.restore(UFW);
    const before = await rules.saved();
    const client = await DhcpClient.open(lab, 'eth1', 77);
    try {
      await lab.connmanctl('tether', 'ethernet', 'on');
      await client.lease();
      expect(await rules.saved()).toBe(before);
      await expect(ping(client.host)).rejects.toThrow(/100% packet loss/);
      await rules.add('-I', 'ufw-before-input', '-i', 'tether', '-j', 'ACCEPT');
      await rules.add('-I', 'ufw-before-forward', '-i', 'tether', '-j', 'ACCEPT');
      await ping(client.host);
      expect(await client.host.run('dig +short +tries=2 +time=2 gateway.example A')).toBe('10.77.1.1');
    } finally {
      await client.close();
    }
  }),
);
