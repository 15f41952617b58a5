// *.config files that come and go while the daemon runs.
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

const file = '/var/lib/connman/office.config';
const section = `[service_desk]
Type=ethernet
IPv4=10.77.1.42/255.255.255.0/10.77.1.1
Nameservers=10.77.1.1
SearchDomains=office.example
`;

onlyOurs('a provisioning file gives a running service its address, and takes it along when it goes', () =>
  inLab(ours, async (lab) => {
    const { connman } = await lab.online();
    expect(connman.service('eth0')?.properties.Immutable).toBe(false);

    lab.machine.write(file, section);
    await lab.machine.until(
      'the provisioned address alone',
      async () => (await lab.machine.addresses('eth0')).join() === '10.77.1.42/24',
    );
    // Each property comes with a signal of its own.
    await connman.until('an immutable service that is online with its own address and server', () => {
      const { Immutable, State, Nameservers, ...others } = connman.service('eth0')?.properties ?? {};
      const { Method, Address } = dictionary(others['IPv4.Configuration']);
      const isOnline = State === 'online' && String(Nameservers) === '10.77.1.1';
      return Immutable === true && isOnline && Method === 'fixed' && Address === '10.77.1.42';
    });
    expect(connman.service('eth0')?.properties.Favorite).toBe(true);

    lab.machine.remove(file);
    await lab.machine.until('a leased address alone', async () =>
      /^10\.77\.1\.1\d\d\/24$/.test((await lab.machine.addresses('eth0')).join()),
    );
    await connman.until('a service that can be changed', () => connman.service('eth0')?.properties.Immutable === false);
  }),
);
