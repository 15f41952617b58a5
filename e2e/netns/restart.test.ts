// The daemon may come and go: the network does not notice.
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { subjectUnderTest } from './lab/subject';
import { Traffic } from './lab/traffic';

jest.setTimeout(60_000);

describe('under a running ping and an open TCP connection nothing is lost', () => {
  for (const [how, signal] of [
    ['a restart', 'SIGTERM'],
    ['a crash and a new start', 'SIGKILL'],
  ] as const) {
    onlyOurs(`across ${how}`, () =>
      inLab(subjectUnderTest, async (lab) => {
        const { network, connman } = await lab.online();
        const before = await lab.machine.addresses('eth0');
        const traffic = await Traffic.start(lab, network.gateway);
        const firstEvent = lab.machine.kernel.items.length;

        await lab.stopDaemon(signal);
        await traffic.flow();
        await lab.startDaemon();
        await connman.untilOnline('eth0');
        await traffic.flow();

        const { lostPings, connection } = await traffic.stop();
        expect(lostPings).toEqual([]);
        expect(connection).toMatchObject({ fault: '' });
        expect(await lab.machine.addresses('eth0')).toEqual(before);
        const removed = lab.machine.kernel.items
          .slice(firstEvent)
          .filter((line) => /^Deleted .*(inet |default)/.test(line));
        expect(removed).toEqual([]);
      }),
    );
  }
});

onlyOurs('a daemon that starts while its cable was moved elsewhere drops the old address', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online();
    await lab.stopDaemon('SIGKILL');
    await network.become({ subnet: '10.77.9' });

    await lab.startDaemon();

    await lab.machine.until('an address of 10.77.9 alone', async () =>
      /^10\.77\.9\.\d+\/24$/.test((await lab.machine.addresses('eth0')).join()),
    );
    await connman.untilOnline('eth0');
  }),
);

onlyOurs('the old address goes also where another program had put it on the link (RFC 2131 section 3.2 item 4)', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online();
    const [old = ''] = await lab.machine.addresses('eth0');
    await lab.stopDaemon();
    await lab.machine.run(`ip address del ${old} dev eth0`);
    await lab.machine.run(`ip address add ${old} brd + dev eth0`);
    await network.become({ subnet: '10.77.9' });

    await lab.startDaemon();

    await lab.machine.until('an address of 10.77.9 alone', async () =>
      /^10\.77\.9\.\d+\/24$/.test((await lab.machine.addresses('eth0')).join()),
    );
    await connman.untilOnline('eth0');
  }),
);
