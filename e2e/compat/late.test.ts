// A desktop's client takes a service from a list and subscribes to it afterwards, as connman-gtk does: it misses what happens
// in between, and must end with the right picture all the same.
import { BusClient, type Value } from '../netns/lab/bus';
import { inLab, type Lab } from '../netns/lab/lab';
import { onlyOurs } from '../netns/lab/only-ours';
import { EventRecord } from '../netns/lab/record';
import { subjectUnderTest } from '../netns/lab/subject';
import { dictionary, type Properties } from '../netns/lab/view';

jest.setTimeout(180_000);

const rounds = 100;

/** What the client shows; kept from lists and from the signals of objects it has subscribed to, never asked for again. */
class LateClient {
  readonly client: BusClient;
  readonly events = new EventRecord<string>();
  readonly #services = new Map<string, Properties>();
  /** Round trips that it makes before it subscribes, as one that has windows to draw first. */
  delay = 0;
  #closed = false;

  private constructor(client: BusClient) {
    this.client = client;
  }

  static async open(lab: Lab): Promise<LateClient> {
    const late = new LateClient(await BusClient.connect(lab.machine));
    late.client.onSignal.push(({ path, member, body }) => {
      if (member === 'ServicesChanged') late.#take(body[0] as [string, Properties][], body[1] as string[]);
      if (member === 'PropertyChanged') Object.assign(late.#services.get(path) ?? {}, { [String(body[0])]: body[1] });
      late.events.add(`${path} ${member} ${JSON.stringify(body)}`);
    });
    await late.client.addMatch("type='signal',sender='net.connman',path='/',member='ServicesChanged'");
    const [services] = await late.client.call({ path: '/', interface: 'net.connman.Manager', member: 'GetServices' });
    late.#take(services as [string, Properties][], []);
    return late;
  }

  #take(changed: readonly [string, Properties][], removed: readonly string[]): void {
    for (const path of removed) {
      this.#services.delete(path);
      void this.#match('RemoveMatch', path);
    }
    for (const [path, properties] of changed) {
      if (Object.keys(properties).length === 0) continue;
      this.#services.set(path, { ...this.#services.get(path), ...properties });
      void this.#subscribe(path);
    }
  }

  async #subscribe(path: string): Promise<void> {
    for (let step = 0; step < this.delay && !this.#closed; step++) await this.client.call(ping);
    await this.#match('AddMatch', path);
  }

  async #match(member: 'AddMatch' | 'RemoveMatch', path: string): Promise<void> {
    if (this.#closed) return;
    const rule = `type='signal',sender='net.connman',path='${path}',member='PropertyChanged'`;
    await this.client.call({ ...bus, interface: 'org.freedesktop.DBus', member, signature: 's', body: [rule] });
  }

  close(): void {
    this.#closed = true;
    this.client.close();
  }

  /** State, address and name servers of each service it shows. */
  get shown(): string {
    return JSON.stringify([...this.#services].map(([path, properties]) => [path, ...looks(properties)]));
  }
}

const bus = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus' };
const ping = { ...bus, interface: 'org.freedesktop.DBus.Peer', member: 'Ping' };

const looks = (properties: Properties): Value[] => [
  properties.State ?? '',
  dictionary(properties.IPv4).Address ?? '',
  properties.Nameservers ?? [],
];

async function expectSame(lab: Lab, late: LateClient, round: number): Promise<void> {
  const actual = () => JSON.stringify(lab.connman.services.map(({ path, properties }) => [path, ...looks(properties)]));
  await late.events.until(
    `in round ${round} ${actual()} instead of ${late.shown}`,
    () => late.shown === actual(),
    5_000,
  );
}

onlyOurs(
  `${rounds} services that appear are shown as they are by a client that subscribes to each when it appears`,
  () =>
    inLab(subjectUnderTest, async (lab) => {
      const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
      const connman = await lab.startDaemon();
      const late = await LateClient.open(lab);
      for (let round = 0; round < rounds; round++) {
        await network.plug();
        await connman.untilOnline('eth0');
        await expectSame(lab, late, round);
        await network.unplug();
        await connman.until('no service', (view) => view.services.length === 0);
      }
      late.close();
    }),
);

onlyOurs(`${rounds} clients that start while a service comes up show it as it is`, () =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const connman = await lab.startDaemon();
    for (let round = 0; round < rounds; round++) {
      await network.plug();
      // Each a little later on the way from the cable to online than the one before.
      for (let step = 0; step < round % 20; step++) await connman.client.call(ping);
      const late = await LateClient.open(lab);
      await connman.untilOnline('eth0');
      await expectSame(lab, late, round);
      late.close();
      await network.unplug();
      await connman.until('no service', (view) => view.services.length === 0);
    }
  }),
);
