// What a service has carried, over a change of daemon: Debian's connmand and ours read and write the same file.

import { BusClient } from './lab/bus';
import { inLab, type Lab } from './lab/lab';
import { debian, ours, type Subject } from './lab/subject';
import { dictionary, type Properties } from './lab/view';

jest.setTimeout(120_000);

/** The home totals as the first Usage call of a counter has them. */
async function totals(lab: Lab): Promise<Properties> {
  const client = await BusClient.connect(lab.machine);
  try {
    const first = new Promise<Properties>((resolve) => {
      client.serve(({ member, body }, answer) => {
        answer();
        const home = dictionary(body[1]);
        if (member === 'Usage' && Number(home['TX.Bytes']) > 0) resolve(home);
      });
    });
    const manager = { path: '/', interface: 'net.connman.Manager' };
    await client.call({ ...manager, member: 'RegisterCounter', signature: 'ouu', body: ['/lab/counter', 1, 1] });
    return await first;
  } finally {
    client.close();
  }
}

const sent = (usage: Properties) => Number(usage['TX.Bytes']);

/** 20 KB and more go out while this daemon has the service. */
async function carry(lab: Lab, subject: Subject): Promise<Properties> {
  const connman = await lab.startDaemon({ subject });
  await connman.untilReady('eth0');
  await lab.machine.run('ping -q -c 20 -i 0.01 -s 1000 10.77.1.1');
  return totals(lab);
}

test.each([
  ['Debian’s connmand, then ours, then Debian’s', [debian, ours, debian]],
  ['ours, then Debian’s connmand, then ours', [ours, debian, ours]],
])('%s: each goes on counting where the other ended', (_, subjects) =>
  inLab(debian, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    const seen: number[] = [];
    for (const subject of subjects) {
      seen.push(sent(await carry(lab, subject)));
      await lab.stopDaemon();
    }
    const [first = 0, second = 0, third = 0] = seen;
    expect(first).toBeGreaterThan(20_000);
    // Each has at least what the one before had, and its own 20 KB.
    expect([second - first > 20_000, third - second > 20_000, third < 200_000]).toEqual([true, true, true]);
  }),
);
