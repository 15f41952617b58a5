/**
 * pacrunner, where it runs, is told how the default service reaches the internet (rule 196): programs ask it which proxy a URL goes
 * by, and it evaluates what an auto-configuration URL says. The PAC file of another service it holds for one host, and for the time
 * of one question, so that no program is answered by it.
 */
import type { Logger } from '@connman/base';
import {
  type Bus,
  type BusError,
  bool,
  defineInterface,
  type Properties,
  str,
  strings,
  type Variant,
} from '@connman/dbus';
import { familyOf, parseIp } from '@connman/inet';
import type { PacQuestion } from '../online/http-check';
import type { PropertyMap, Snapshot } from '../publish/snapshot';

export const pacrunnerName = 'org.pacrunner';
const managerPath = '/org/pacrunner/manager';
const clientPath = '/org/pacrunner/client';

const pacrunnerInterface = defineInterface({
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
/** So that a check has time left to ask directly. */
const asking = { timeoutMs: 3000, autoStart: false } as const;

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
  /** The last question about another service than the default one: two about one host would be answered by one file. */
  private others: Promise<unknown> = Promise.resolve();

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

  /** What the PAC file of the service on that link answers; undefined where it cannot be evaluated. */
  async find(question: PacQuestion): Promise<string | undefined> {
    const [main] = this.services.values();
    if (this.owner === undefined || !main) return undefined;
    if (interfaceNameOf(main) === question.interfaceName) return this.ask(question.url);
    const answer = this.others.then(() => this.askWithScript(question));
    this.others = answer;
    return answer;
  }

  private async ask(url: URL): Promise<string | undefined> {
    try {
      const client = this.bus.object(clientInterface, { name: pacrunnerName, path: clientPath });
      return await client.call('FindProxyForURL', [url.href, url.hostname], asking);
    } catch (error) {
      this.log.info(`pacrunner found no proxy for ${url.href}: ${(error as BusError).message}; asking directly`);
      return undefined;
    }
  }

  /** It goes before what the default service has: pacrunner prefers what is for this host and for browsers alone. */
  private async askWithScript({ url, interfaceName, fetchScript }: PacQuestion): Promise<string | undefined> {
    const script = await fetchScript();
    if (!script.ok) {
      this.log.info(`${interfaceName}: no proxy auto-configuration: ${script.error}; asking directly`);
      return undefined;
    }
    const manager = this.bus.object(pacrunnerInterface, { name: pacrunnerName, path: managerPath });
    const configuration = {
      Interface: str(interfaceName),
      Method: str('auto'),
      Script: str(script.value),
      Domains: strings([domainOf(url.hostname)]),
      BrowserOnly: bool(true),
    };
    try {
      const path = await manager.call('CreateProxyConfiguration', [configuration], asking);
      const answer = await this.ask(url);
      await manager.call('DestroyProxyConfiguration', [path], asking);
      return answer;
    } catch (error) {
      this.log.info(`${interfaceName}: PAC file refused: ${(error as BusError).message}; asking directly`);
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
        this.log.warning(`pacrunner did not accept the proxy: ${(error as BusError).message}`);
    }
  }
}

/** A host as pacrunner wants it among domains: an address is a network of its own. */
function domainOf(hostname: string): string {
  const address = parseIp(hostname.replace(/^\[(.*)\]$/, '$1'));
  return address === undefined ? hostname : `${address}/${familyOf(address) === 4 ? 32 : 128}`;
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
    // No Domains: pacrunner would use it for hosts in those alone, and answer DIRECT for all others.
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
