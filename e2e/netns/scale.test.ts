// A machine with a thousand links and ten thousand routes of others, and the events they rain down.
import { BusClient } from './lab/bus';
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const pairs = 500;
const routes = 10_000;

/** Feeds lines to ip(8), in one process. */
async function batch(lab: Lab, lines: readonly string[]): Promise<void> {
  lab.machine.write('/run/batch', `${lines.join('\n')}\n`);
  await lab.machine.run('ip -batch /run/batch');
}

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
    await batch(
      lab,
      each(pairs, (n) => `link add vethA${n} type veth peer name vethB${n}`),
    );
    await batch(
      lab,
      each(routes, (n) => `route add ${subnet(n)} dev lo`),
    );
    await network.plug();
    const before = await foreign(lab);
    expect(before.length).toBe(2 * pairs + routes);

    const connman = await lab.startDaemon();
    await connman.untilOnline('eth0');
    expect(connman.services).toHaveLength(1);

    // Each link that goes up tells of itself, its peer and their routes: thousands of events at once.
    const asker = await BusClient.connect(lab.machine);
    let raining = true;
    const rain = (async () => {
      await batch(lab, each(pairs, (n) => `link set vethA${n} up`).concat(each(pairs, (n) => `link set vethB${n} up`)));
      await batch(
        lab,
        each(2_000, (n) => `route del ${subnet(n)} dev lo`),
      );
      await batch(
        lab,
        each(2_000, (n) => `route add ${subnet(n)} dev lo`),
      );
      await batch(
        lab,
        each(pairs, (n) => `link set vethA${n} down`).concat(each(pairs, (n) => `link set vethB${n} down`)),
      );
    })().finally(() => {
      raining = false;
    });
    let slowest = 0;
    while (raining) {
      const asked = performance.now();
      await asker.call({ path: '/', interface: 'net.connman.Manager', member: 'GetProperties' });
      slowest = Math.max(slowest, performance.now() - asked);
    }
    await rain;
    expect(slowest).toBeLessThan(500);
    expect([connman.state, connman.serviceState('eth0')]).toEqual(['online', 'online']);

    // More than a socket can hold while nobody reads: what was lost has to be read anew.
    lab.daemon.signal('SIGSTOP');
    await batch(
      lab,
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
    asker.close();
  }),
);
