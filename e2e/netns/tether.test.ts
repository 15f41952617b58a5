// A connection is shared over Ethernet: a machine with two ports, its uplink at one, a client with a real DHCP client at the other.
import { DhcpClient } from './lab/dhcp-client';
import { type Host, peersFolder } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { peerEnvironment } from './lab/peers';
import { ours } from './lab/subject';

jest.setTimeout(90_000);

const mainConf = '[General]\nPreferredTechnologies=ethernet\nTetheringTechnologies=ethernet\n';
const lanLink = 'eth1';

async function inSharedLab(scenario: (lab: Lab, client: DhcpClient, far: Host) => Promise<void>): Promise<void> {
  await inLab(ours, async (lab) => {
    const { network } = await lab.online({}, { mainConf });
    const client = await DhcpClient.open(lab, lanLink, 77);
    try {
      expect(await lab.connmanctl('tether', 'ethernet', 'on')).toMatch(/Enabled tethering for ethernet/);
      await scenario(lab, client, network.far);
    } finally {
      await client.close();
    }
  });
}

const forwards = async (lab: Lab) => lab.machine.run('cat /proc/sys/net/ipv4/ip_forward');
/** Over TCP from the client to a server behind the uplink, which has no way back but to the machine's own address. */
const reach = async (client: DhcpClient) => {
  const request = "exec 3<>/dev/tcp/10.77.1.1/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3";
  return client.host.run(['timeout', '5', 'bash', '-c', request]);
};

/** Bytes that it has sent and received through this machine, and what `metrics` says of it. */
async function traffic(lab: Lab, client: DhcpClient) {
  const mac = await client.mac;
  const all: { mac: string; properties: Record<string, unknown> }[] = JSON.parse(
    await lab.connmanctl('tethering_clients', '--traffic', '--json'),
  );
  const properties = all.find((one) => one.mac === mac)?.properties ?? {};
  const metric = (direction: string) => {
    const labels = `{client="${mac}",family="ipv4",direction="${direction}"}`;
    return Number(
      metrics
        .split('\n')
        .find((line) => line.includes(labels))
        ?.split(' ')[1],
    );
  };
  const metrics = await lab.connmanctl('metrics');
  expect([metric('sent'), metric('received')]).toEqual([properties['IPv4.Sent'], properties['IPv4.Received']]);
  return { sent: Number(properties['IPv4.Sent']), received: Number(properties['IPv4.Received']), properties };
}

const ipOf = (lease: string) => /bound ([\d.]+)/.exec(lease)?.[1] ?? '';

onlyOurs(
  'a client gets a lease, resolves names through the proxy and reaches a server behind the uplink (rules 144, 162, 163, 166, 168)',
  () =>
    inSharedLab(async (lab, client) => {
      const lease = await client.lease('-x', 'hostname:phone');
      expect(lease).toMatch(/^bound 192\.168\.0\.\d+\/24 router 192\.168\.0\.1 dns 192\.168\.0\.1 lease 86400$/);
      expect(await client.host.run('dig +short +tries=2 +time=2 gateway.example A')).toBe('10.77.1.1');
      expect(await client.host.run('dig +short +tries=2 +time=2 phone A')).toBe(ipOf(lease));
      expect(await client.host.run(`dig +short +tries=2 +time=2 -x ${ipOf(lease)}`)).toBe('phone.');
      expect(await reach(client)).toContain('200 OK');
      expect(await lab.connmanctl('tethering_clients')).toContain(await client.mac);
      const { connman } = lab;
      expect(connman.services.map(({ path }) => path)).toHaveLength(1);
      expect(connman.technologies.get('/net/connman/technology/ethernet')?.Tethering).toBe(true);
      const text = connman.events.items.join('\n');
      expect(text).toContain(`TetheringClientsChanged [["${await client.mac}"],[]]`);
      expect(await forwards(lab)).toBe('1');
    }),
);

onlyOurs(
  'what a client carries is counted to the byte, with its name and addresses, and goes on over a killed daemon',
  () =>
    inSharedLab(async (lab, client) => {
      const lease = await client.lease('-x', 'hostname:phone');
      expect(await traffic(lab, client)).toMatchObject({
        ...{ sent: 0, received: 0 },
        properties: { Name: 'phone', Addresses: [ipOf(lease)] },
      });
      // 20 bytes of IP, 8 of ICMP.
      await client.host.run('ping -c 3 -i 0.2 -s 972 10.77.1.1');
      expect(await traffic(lab, client)).toMatchObject({ sent: 3000, received: 3000 });
      await lab.stopDaemon('SIGKILL');
      await client.host.run('ping -c 2 -i 0.2 -s 972 10.77.1.1');
      await lab.startDaemon();
      await lab.connman.until(
        'shared again',
        () => lab.connman.technologies.get('/net/connman/technology/ethernet')?.Tethering === true,
      );
      await client.host.run('ping -c 1 -s 972 10.77.1.1');
      expect(await traffic(lab, client)).toMatchObject({ sent: 6000, received: 6000 });
      await lab.connmanctl('tether', 'ethernet', 'off');
      await lab.machine.until('no bridge', async () => !(await lab.machine.run('ip -o link')).includes('tether'));
      expect(await lab.connmanctl('tethering_clients', '--traffic')).toBe('');
    }),
);

onlyOurs('behind an uplink of small packets a client’s TCP segments fit it, without its being told', () =>
  inSharedLab(async (lab, client, far) => {
    await client.lease();
    await lab.machine.run('ip link set eth0 mtu 1300');
    // 20 bytes of IP, 20 of TCP.
    far.write(
      '/run/segments',
      'table ip segments {\n  chain in { type filter hook input priority 0; tcp flags syn tcp option maxseg size 1260 counter; }\n}\n',
    );
    const nft = (...words: string[]) => far.run([`${peersFolder}/usr/sbin/nft`, ...words], { env: peerEnvironment() });
    await nft('-f', '/run/segments');
    expect(await reach(client)).toContain('200 OK');
    expect(await nft('list', 'table', 'ip', 'segments')).toMatch(/size 1260 counter packets [1-9]/);
  }),
);

onlyOurs('switched off, bridge, table and forwarding are gone and the port is a service again', () =>
  inSharedLab(async (lab, client) => {
    await client.lease();
    expect(await lab.connmanctl('tether', 'ethernet', 'off')).toMatch(/Disabled tethering for ethernet/);
    await lab.machine.until('no bridge', async () => !(await lab.machine.run('ip -o link')).includes('tether'));
    expect(await forwards(lab)).toBe('0');
    await lab.connman.until('the service of the port', () => lab.connman.service(lanLink));
    await expect(reach(client)).rejects.toThrow(/failed/);
    expect(await lab.connmanctl('tethering_clients')).not.toContain(await client.mac);
  }),
);

onlyOurs('a client’s connection goes on while the daemon is killed and started again; its lease is remembered', () =>
  inSharedLab(async (lab, client) => {
    const first = await client.lease();
    await lab.stopDaemon('SIGKILL');
    expect(await reach(client)).toContain('200 OK');
    const before = lab.machine.kernel.items.length;
    await lab.startDaemon();
    await lab.connman.until(
      'shared again',
      () => lab.connman.technologies.get('/net/connman/technology/ethernet')?.Tethering === true,
    );
    await lab.connman.untilOnline('eth0');
    expect(await reach(client)).toContain('200 OK');
    expect(await client.lease()).toBe(first);
    const deleted = lab.machine.kernel.items.slice(before).filter((line) => /^Deleted .*tether/.test(line));
    expect(deleted).toEqual([]);
    await lab.connmanctl('tether', 'ethernet', 'off');
    await lab.machine.until('no bridge', async () => !(await lab.machine.run('ip -o link')).includes('tether'));
    expect(await forwards(lab)).toBe('0');
  }),
);

onlyOurs(
  'when another link gets an address of the network, clients lose their carrier and get a lease of the next one (rule 164)',
  () =>
    inSharedLab(async (lab, client) => {
      expect(await client.lease()).toContain('router 192.168.0.1 ');
      await lab.machine.run('ip link add docker0 type bridge');
      const lost = client.host.until('a carrier that is lost', () =>
        client.host.kernel.items.some((line) => /port.*NO-CARRIER/.test(line)),
      );
      await lab.machine.run('ip address add 192.168.0.9/24 dev docker0');
      await lost;
      await lab.machine.until(
        'the next network',
        async () => (await lab.machine.addresses('tether')).join() === '192.168.1.1/24',
      );
      expect(await client.lease()).toContain('router 192.168.1.1 ');
      expect(await reach(client)).toContain('200 OK');
    }),
);
