// Which programs are on the bus, as something to wait for.
import type { BusClient, Value } from '../../netns/lab/bus';
import { EventRecord } from '../../netns/lab/record';

const DRIVER = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};

export class BusNames {
  readonly changes = new EventRecord<string>();
  readonly #client: BusClient;

  private constructor(client: BusClient) {
    this.#client = client;
    client.onSignal.push(({ member, body }) => {
      if (member === 'NameOwnerChanged') this.changes.add(`${body[0]}: ${body[2] || 'gone'}`);
    });
  }

  static async watch(client: BusClient): Promise<BusNames> {
    await client.addMatch("type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'");
    return new BusNames(client);
  }

  async until(name: string, present: boolean, deadlineMs = 20_000): Promise<void> {
    const look = async () => {
      const [owned]: Value[] = await this.#client.call({
        ...DRIVER,
        member: 'NameHasOwner',
        signature: 's',
        body: [name],
      });
      return owned === present;
    };
    await this.changes.until(`${name} ${present ? 'on the bus' : 'to leave the bus'}`, look, deadlineMs);
  }
}
