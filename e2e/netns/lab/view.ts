// What a client sees of net.connman: its objects, kept up to date from its signals alone, and every change as an event.
import type { Variant } from 'dbus-next';
import { BusClient, type Incoming, type Value } from './bus';
import type { Host } from './host';
import { EventRecord } from './record';

export type Properties = Record<string, Value>;

export interface ServiceView {
  readonly path: string;
  readonly properties: Properties;
}

export class ConnmanView {
  readonly client: BusClient;
  readonly events = new EventRecord<string>();
  /** Set when nothing more is to be expected: why. */
  lost: string | undefined;
  /** The daemon's name on the bus; '' while there is none. */
  owner = '';
  manager: Properties = {};
  /** In the daemon's order: the first one is the default service. */
  services: ServiceView[] = [];
  technologies = new Map<string, Properties>();
  #loaded = 0;
  readonly #opened = performance.now();

  private constructor(client: BusClient) {
    this.client = client;
    client.onSignal.push((signal) => this.#take(signal));
  }

  static async open(host: Pick<Host, 'path'>): Promise<ConnmanView> {
    const view = new ConnmanView(await BusClient.connect(host));
    await view.client.addMatch("type='signal',sender='net.connman'");
    await view.client.addMatch("type='signal',member='NameOwnerChanged',arg0='net.connman'");
    return view;
  }

  get state(): Value | undefined {
    return this.manager.State;
  }

  /** All objects have been read since the name was last taken. */
  get complete(): boolean {
    return this.owner !== '' && this.#loaded === 3;
  }

  /** The service of a link, as its Ethernet property says. */
  service(link: string): ServiceView | undefined {
    return this.services.find((service) => dictionary(service.properties.Ethernet).Interface === link);
  }

  serviceState(link: string): Value | undefined {
    return this.service(link)?.properties.State;
  }

  /** Waits until the service of a link is online, and the manager with it. */
  async untilOnline(link: string, deadlineMs?: number): Promise<ServiceView> {
    const look = () =>
      this.state === 'online' && this.serviceState(link) === 'online' ? this.service(link) : undefined;
    return this.until(`${link} online`, look, deadlineMs);
  }

  /** Waits until the service of a link is connected, and the manager with it, whether or not the world answers. */
  async untilReady(link: string, deadlineMs?: number): Promise<ServiceView> {
    const isConnected = (state: Value | undefined) => state === 'ready' || state === 'online';
    const look = () =>
      isConnected(this.serviceState(link)) && isConnected(this.state) ? this.service(link) : undefined;
    return this.until(`${link} ready or online`, look, deadlineMs);
  }

  /** Service.SetProperty on the service of a link. */
  async configure(link: string, property: string, value: Variant): Promise<void> {
    const service = this.service(link);
    if (!service) throw new Error(`no service uses ${link}`);
    await this.call(service.path, 'SetProperty', 'sv', property, value);
  }

  /** Waits, from one signal to the next, until `look` answers; fails at once when the daemon has ended without it. */
  async until<R>(
    what: string,
    look: (view: ConnmanView) => R | Promise<R>,
    deadlineMs?: number,
  ): Promise<NonNullable<R>> {
    const lookOrLose = async () => {
      const answer = await look(this);
      const found = answer !== undefined && answer !== null && answer !== false;
      if (!found && this.lost !== undefined) throw new Error(`${this.lost}; nothing more to wait for: ${what}`);
      return answer;
    };
    return this.events.until(what, lookOrLose, deadlineMs);
  }

  async call(path: string, member: string, signature = '', ...body: unknown[]): Promise<Value[]> {
    return this.client.call({ path, interface: interfaceOf(path), member, signature, body });
  }

  close(): void {
    this.client.close();
  }

  #take(signal: Incoming): void {
    const { member, body, path } = signal;
    if (member === 'NameOwnerChanged' && body[0] === 'net.connman') {
      this.owner = String(body[2]);
      this.#loaded = 0;
      this.#note(this.owner === '' ? 'net.connman is gone' : `net.connman is ${this.owner}`);
      if (this.owner !== '') this.#readAll();
      return;
    }
    if (signal.sender !== this.owner) return;
    if (member === 'PropertyChanged') {
      const properties = signal.interface === 'net.connman.Clock' ? undefined : this.#propertiesOf(path);
      if (properties) properties[String(body[0])] = body[1] as Value;
    } else if (member === 'ServicesChanged') {
      this.#servicesChanged(body[0] as [string, Properties][], body[1] as string[]);
    } else if (member === 'TechnologyAdded') {
      this.technologies.set(String(body[0]), body[1] as Properties);
    } else if (member === 'TechnologyRemoved') {
      this.technologies.delete(String(body[0]));
    }
    this.#note(`${path} ${signal.interface}.${member} ${toText(body)}`);
  }

  #readAll(): void {
    const manager = { path: '/', interface: 'net.connman.Manager' };
    const read = (member: string, keep: (body: Value[]) => void) =>
      this.client.callInOrder({ ...manager, member }, (body, error) => {
        if (!error) {
          keep(body);
          this.#loaded++;
        }
        this.#note(`${member} -> ${error ? `${error.errorName}: ${error.message}` : toText(body)}`);
      });
    read('GetProperties', (body) => {
      this.manager = body[0] as Properties;
    });
    read('GetServices', (body) => {
      this.services = (body[0] as [string, Properties][]).map(([path, properties]) => ({ path, properties }));
    });
    read('GetTechnologies', (body) => {
      this.technologies = new Map(body[0] as [string, Properties][]);
    });
  }

  #propertiesOf(path: string): Properties | undefined {
    if (path === '/') return this.manager;
    return this.technologies.get(path) ?? this.services.find((service) => service.path === path)?.properties;
  }

  #servicesChanged(changed: readonly [string, Properties][], removed: readonly string[]): void {
    const before = new Map(this.services.map((service) => [service.path, service.properties]));
    for (const path of removed) before.delete(path);
    // An empty dictionary says "as you know it, now at this place".
    this.services = changed.map(([path, properties]) => ({ path, properties: { ...before.get(path), ...properties } }));
  }

  #note(text: string): void {
    this.events.add(`${(performance.now() - this.#opened).toFixed(1)} ms ${text}`);
  }
}

export function dictionary(value: Value | undefined): Properties {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value) ? value : {};
}

export function toText(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner));
}

function interfaceOf(path: string): string {
  const kind = path.split('/')[3];
  if (kind === 'technology') return 'net.connman.Technology';
  if (kind === 'service') return 'net.connman.Service';
  if (kind === 'peer') return 'net.connman.Peer';
  return 'net.connman.Manager';
}
