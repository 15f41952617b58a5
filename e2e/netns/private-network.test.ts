// Private networks (rule 169): clients of the bus get TUN links, and their packets get out by this machine's address.
import { busStreamPort } from '@connman/linux';
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { PrivateClient } from './lab/private-client';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

/** A question for the address of gateway.example, and the address in the answer to it. */
const question = Buffer.from('1234010000010000000000000767617465776179076578616d706c650000010001', 'hex');
const addressIn = (answer: Buffer) => [...answer.subarray(-4)].join('.');

const links = async (lab: Lab) => (await lab.machine.run('ip -br link')).match(/\btun\d/g) ?? [];
const forwards = (lab: Lab) => lab.machine.run('cat /proc/sys/net/ipv4/ip_forward');

onlyOurs(
  'RequestPrivateNetwork: packets from the descriptor reach the proxy and a server behind the uplink; several networks stand side by side (rule 169)',
  () =>
    inLab(ours, async (lab) => {
      await lab.online();
      const client = await PrivateClient.connect(lab, busStreamPort);
      const [one, other] = [await client.request(), await client.request()];
      expect(Object.fromEntries(one.settings)).toEqual({
        ...{ ServerIPv4: '192.168.0.1', PeerIPv4: '192.168.0.2', PrimaryDNS: '192.168.0.1' },
      });
      expect(other.settings.get('ServerIPv4')).toBe('192.168.1.1');
      expect(await lab.machine.run('ip -br addr show tun0')).toMatch(/^tun0 +UNKNOWN +192\.168\.0\.1\/24/);
      expect(await lab.machine.run('ip link show tun0')).toContain(' mtu 1500 ');
      for (const link of [one, other]) {
        expect(addressIn(await link.exchange(link.settings.get('PrimaryDNS') ?? '', 53, question))).toBe('10.77.1.1');
        // The server there knows no way to 192.168.0.2.
        expect(addressIn(await link.exchange('10.77.1.1', 53, question))).toBe('10.77.1.1');
      }
      await client.release(one.path);
      await lab.machine.until('one link', async () => (await links(lab)).join() === 'tun1');
      expect(addressIn(await other.exchange('10.77.1.1', 53, question))).toBe('10.77.1.1');
      client.leave();
      await lab.machine.until('no link', async () => (await links(lab)).length === 0);
      await lab.machine.until('no forwarding', async () => (await forwards(lab)) === '0');
      for (const link of [one, other]) await link.close();
    }),
);

onlyOurs(
  'ReleasePrivateNetwork: no other client can release a network; a descriptor that is closed ends it (rule 169)',
  () =>
    inLab(ours, async (lab) => {
      await lab.online();
      const owner = await PrivateClient.connect(lab, busStreamPort);
      const other = await PrivateClient.connect(lab, busStreamPort);
      const link = await owner.request();
      await expect(other.release(link.path)).rejects.toThrow(/Permission denied/i);
      await expect(owner.release('/tethering/tun7')).rejects.toThrow(/Permission denied/i);
      other.leave();
      expect(await links(lab)).toEqual(['tun0']);
      await link.close();
      await lab.machine.until('no forwarding', async () => (await forwards(lab)) === '0');
      owner.leave();
    }),
);

onlyOurs('after SIGKILL and a new start nothing is forwarded for a private network of before', () =>
  inLab(ours, async (lab) => {
    await lab.online();
    const client = await PrivateClient.connect(lab, busStreamPort);
    const link = await client.request();
    await lab.stopDaemon('SIGKILL');
    expect(await forwards(lab)).toBe('1');
    await lab.startDaemon();
    await lab.machine.until('no forwarding', async () => (await forwards(lab)) === '0');
    await link.close();
    client.leave();
  }),
);
