// A machine with a thousand links and ten thousand routes of others, and the events they rain down.
import { answerCostsDuring } from './lab/cost';
import { ipBatch } from './lab/floods';
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const pairs = 500;
const routes = 10_000;

const each = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const subnet = (n: number) => `172.${16 + (n >> 12)}.${(n >> 4) & 255}.${(n & 15) << 4}/28`;

/** Everything of others: names and flags of links, and routes. */
async function foreign(lab: Lab): Promise<string[]> {
  const [links, own] = [await lab.machine.run('ip -o link show'), await lab.machine.run('ip route show dev lo')];
  const flags = links
    .split('\n')
    .flatMap((line) => /^\d+: (veth\w+)@\w+: <([^>]*)>/.exec(line)?.slice(1).join(' ') ?? []);
  return [...flags, ...own.split('\n').map((line) => line.trim())].sort();
}

onlyOurs('it comes online among them, answers while they change, and its picture is right afterwards', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await ipBatch(
      lab.machine,
      each(pairs, (n) => `link add vethA${n} type veth peer name vethB${n}`),
    );
    await ipBatch(
      lab.machine,
      each(routes, (n) => `route add ${subnet(n)} dev lo`),
    );
    await network.plug();
    const before = await foreign(lab);
    expect(before.length).toBe(2 * pairs + routes);

    const connman = await lab.startDaemon();
    await connman.untilOnline('eth0');
    expect(connman.services).toHaveLength(1);

    // Each link that goes up tells of itself, its peer and their routes: thousands of events at once.
    const rain = async () => {
      const ups = (side: string) => each(pairs, (n) => `link set veth${side}${n} up`);
      const downs = (side: string) => each(pairs, (n) => `link set veth${side}${n} down`);
      await ipBatch(lab.machine, [...ups('A'), ...ups('B')]);
      await ipBatch(
        lab.machine,
        each(2_000, (n) => `route del ${subnet(n)} dev lo`),
      );
      await ipBatch(
        lab.machine,
        each(2_000, (n) => `route add ${subnet(n)} dev lo`),
      );
      await ipBatch(lab.machine, [...downs('A'), ...downs('B')]);
    };
    // Nothing that is under way costs a client more than this of the daemon's time before it is answered.
    const costs = await answerCostsDuring(lab, rain());
    expect(Math.max(...costs.map((cost) => cost.processorMs))).toBeLessThan(250);
    expect([connman.state, connman.serviceState('eth0')]).toEqual(['online', 'online']);

    // More than a socket can hold while no one reads: what was lost has to be read again.
    lab.daemon.signal('SIGSTOP');
    await ipBatch(
      lab.machine,
      each(3, () =>
        each(4_000, (n) => [`route del ${subnet(n)} dev lo`, `route add ${subnet(n)} dev lo`]).flat(),
      ).flat(),
    );
    await network.unplug();
    lab.daemon.signal('SIGCONT');
    await lab.daemon.line(/netlink receive buffer overrun; resynchronised/);
    await connman.until('no service', () => connman.services.length === 0);
    await network.plug();
    await connman.untilOnline('eth0');

    expect(await foreign(lab)).toEqual(before);
  }),
);
