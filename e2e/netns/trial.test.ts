// A change over the link it is made through: kept if it proves itself, taken back by the daemon, or by the next one, if not.
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { subjectUnderTest } from './lab/subject';

jest.setTimeout(60_000);

const addressOf = async (lab: Lab) => (await lab.machine.addresses('eth0')).join();
const mistake = ['--ipv4', 'manual', '10.9.9.9', '255.255.255.0', '10.9.9.1'];
const serviceOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

onlyOurs('a wrong address is taken back with the lease of before; a right one is kept, also by the next daemon', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman, path } = await lab.online();
    const leased = await addressOf(lab);
    const service = serviceOf(path);

    const planned = await lab.connmanctl('plan', service, ...mistake);
    expect(planned).toMatch(/^put-address eth0 10\.9\.9\.9\/24 \(would be sent\)$/m);
    expect(planned).toMatch(/^dhcp-stop eth0 with release \(would be given back\)$/m);
    expect(await addressOf(lab)).toBe(leased);

    await expect(lab.connmanctl('try', service, ...mistake, '--within', '3')).rejects.toThrow(
      /IPv4\.Configuration is taken back: not proven within 3 s: online check over IPv4: /,
    );
    expect(await addressOf(lab)).toBe(leased);
    expect(await lab.machine.defaultRoutes()).toMatchObject([{ dev: 'eth0', gateway: '10.77.1.1' }]);
    await connman.untilOnline('eth0');
    expect(network.dhcp.output.items.filter((line) => line.includes('DHCPRELEASE'))).toEqual([]);

    // The host refuses the connection, and so responds.
    const right = ['--ipv4', 'manual', '10.77.1.42', '255.255.255.0', '10.77.1.1', '--nameservers', '10.77.1.1'];
    const proofs = ['--proof', 'online', '10.77.1.1:9'];
    expect(await lab.connmanctl('try', service, ...right, ...proofs)).toMatch(/\nKept$/);
    expect(await addressOf(lab)).toBe('10.77.1.42/24');
    await lab.stopDaemon('SIGKILL');
    await lab.startDaemon();
    await connman.untilOnline('eth0');
    expect(await addressOf(lab)).toBe('10.77.1.42/24');
  }),
);

onlyOurs('a daemon that is killed while a change is tried is followed by one that takes it back', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { connman, path } = await lab.online();
    const leased = await addressOf(lab);
    const client = lab.machine.start([...lab.subject.client, 'try', serviceOf(path), ...mistake], {
      env: lab.subject.env,
    });
    await lab.machine.until('the change in force', async () => (await addressOf(lab)) === '10.9.9.9/24');
    await lab.stopDaemon('SIGKILL');
    await client.exited;
    expect(await addressOf(lab)).toBe('10.9.9.9/24');

    await lab.startDaemon();
    await lab.machine.until('the lease of before', async () => (await addressOf(lab)) === leased);
    await connman.untilOnline('eth0');
  }),
);
