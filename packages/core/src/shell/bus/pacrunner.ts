/**
 * pacrunner, where it runs, is told how the default service reaches the internet (rule 196): programs ask it which proxy a URL goes
 * by, and it evaluates what an auto-configuration URL says.
 */
import type { Logger } from '@connman/base';
import { type Bus, type BusError, defineInterface, type Properties, str, strings, type Variant } from '@connman/dbus';
import type { PropertyMap, Snapshot } from '../publish/snapshot';

export const pacrunnerName = 'org.pacrunner';
const managerPath = '/org/pacrunner/manager';
const clientPath = '/org/pacrunner/client';

export const pacrunnerInterface = defineInterface({
  name: 'org.pacrunner.Manager',
  methods: {
    CreateProxyConfiguration: { in: 'a{sv} settings', out: 'o path' },
    DestroyProxyConfiguration: { in: 'o path', out: '' },
  },
  signals: {},
});

const clientInterface = defineInterface({
  name: 'org.pacrunner.Client',
  methods: { FindProxyForURL: { in: 's url, s host', out: 's proxy' } },
  signals: {},
});

/** What depends on it is not kept waiting for it. */
const options = { timeoutMs: 10_000, autoStart: false } as const;

export class Pacrunner {
  private readonly bus: Bus;
  private readonly log: Logger;
  private readonly end: () => void;
  /** Its name on the bus; undefined while it does not run. */
  private owner: string | undefined;
  /** In order, the default one first. */
  private services: Snapshot['services'] = new Map();
  /** As JSON: what it has, or is being given. */
  private given = '';
  private path: string | undefined;
  private isBusy = false;

  constructor(bus: Bus, log: Logger) {
    this.bus = bus;
    this.log = log;
    this.end = bus.watchOwner(pacrunnerName, (owner) => this.appeared(owner));
  }

  /** What clients of connmand know now. */
  follow({ services }: Snapshot): void {
    this.services = services;
    this.give();
  }

  /** What it answers for a URL, where it has the configuration of the service on this link; undefined otherwise. */
  async find(url: URL, interfaceName: string): Promise<string | undefined> {
    const [main] = this.services.values();
    if (this.owner === undefined || !main || interfaceNameOf(main) !== interfaceName) return undefined;
    try {
      const client = this.bus.object(clientInterface, { name: pacrunnerName, path: clientPath });
      return await client.call('FindProxyForURL', [url.href, url.hostname], { timeoutMs: 3000, autoStart: false });
    } catch (error) {
      this.log.info(`pacrunner found no proxy for ${url.href}: ${(error as BusError).message}; asking directly`);
      return undefined;
    }
  }

  close(): void {
    this.end();
  }

  private appeared(owner: string | undefined): void {
    if (owner === this.owner) return;
    this.owner = owner;
    // One that was restarted knows nothing.
    this.given = '';
    this.path = undefined;
    this.give();
  }

  private give(): void {
    if (this.owner === undefined || this.isBusy) return;
    const [main] = this.services.values();
    const wanted = main && configurationOf(main);
    if (textOf(wanted) === this.given) return;
    this.isBusy = true;
    this.replace(wanted).finally(() => {
      this.isBusy = false;
      this.give();
    });
  }

  /** The new configuration is there before the old one goes: programs are never without. */
  private async replace(wanted: Properties | undefined): Promise<void> {
    const manager = this.bus.object(pacrunnerInterface, { name: pacrunnerName, path: managerPath });
    const { path: before } = this;
    this.given = textOf(wanted);
    try {
      const path = wanted && (await manager.call('CreateProxyConfiguration', [wanted], options));
      // It has ended meanwhile, and the next one has nothing of this.
      if (this.given !== textOf(wanted)) return;
      this.path = path;
      if (before !== undefined) await manager.call('DestroyProxyConfiguration', [before], options);
    } catch (error) {
      if (this.owner !== undefined)
        this.log.warning(`pacrunner was not told of the proxy: ${(error as BusError).message}`);
    }
  }
}

function textOf(wanted: Properties | undefined): string {
  return wanted ? JSON.stringify(wanted) : '';
}

/** Undefined for a service that is not connected. */
function configurationOf(service: PropertyMap): Properties | undefined {
  const proxy = entriesOf(service.get('Proxy'));
  const method = proxy.get('Method')?.as('s');
  if (method === undefined) return undefined;
  const url = proxy.get('URL')?.as('s');
  const list = (name: string) => strings(proxy.get(name)?.as('as') ?? []);
  const interfaceName = interfaceNameOf(service);
  const common = {
    ...(interfaceName !== undefined && { Interface: str(interfaceName) }),
    Domains: strings(service.get('Domains')?.as('as') ?? []),
    Nameservers: strings(service.get('Nameservers')?.as('as') ?? []),
  };
  if (method === 'manual')
    return { ...common, Method: str('manual'), Servers: list('Servers'), Excludes: list('Excludes') };
  // Auto without a URL: nothing was found.
  if (method === 'auto' && url !== undefined) return { ...common, Method: str('auto'), URL: str(url) };
  return { ...common, Method: str('direct') };
}

function interfaceNameOf(service: PropertyMap): string | undefined {
  return entriesOf(service.get('Ethernet')).get('Interface')?.as('s');
}

function entriesOf(value: Variant | undefined): ReadonlyMap<string, Variant> {
  const entries: Properties = value?.as('a{sv}') ?? new Map();
  return entries instanceof Map ? entries : new Map(Object.entries(entries));
}
