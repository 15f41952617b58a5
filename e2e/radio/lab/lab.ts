// The radio laboratory inside the guest: one machine with a radio, a back end and a daemon under test, and any number of
// sites with access points around it. scenario.ts runs one scenario in it.
import { existsSync } from 'node:fs';
import { Variant } from 'dbus-next';
import { startBus } from '../../netns/lab/bus';
import type { Child, Exit } from '../../netns/lab/child';
import { repository } from '../../netns/lab/host';
import type { Subject } from '../../netns/lab/subject';
import { ConnmanView, type ServiceView } from '../../netns/lab/view';
import { AccessPoint, type AccessPointPlan } from './access-point';
import { Backend, type BackendName } from './backend';
import { BusNames } from './bus-names';
import { Machine } from './machine';
import { Radios } from './radios';
import { Site } from './site';
import { subjectInGuest } from './subject';
import { type Answers, User } from './user';

export const WIFI = '/net/connman/technology/wifi';

export interface LabOptions {
  readonly backend: BackendName;
  /** The machine's own and one for each access point. */
  readonly radios: number;
}

const MAIN_CONF = '/etc/connman/main.conf';

export class Lab {
  readonly subject: Subject = subjectInGuest;
  readonly machine: Machine;
  readonly radios: Radios;
  readonly connman: ConnmanView;
  readonly names: BusNames;
  readonly backend: Backend;
  readonly #sites: Site[] = [];
  readonly #accessPoints: AccessPoint[] = [];
  #daemon: Child | undefined;
  #user: User | undefined;

  private constructor(machine: Machine, radios: Radios, connman: ConnmanView, names: BusNames, backend: BackendName) {
    this.machine = machine;
    this.radios = radios;
    this.connman = connman;
    this.names = names;
    this.backend = new Backend(backend, machine, names);
  }

  /** A machine with radios and a bus; nothing else runs yet. */
  static async open({ backend, radios }: LabOptions): Promise<Lab> {
    const machine = await Machine.itself();
    const inPlace = await Radios.plugIn(machine, radios);
    const policies = ['/usr/share/dbus-1/system.d', '/etc/dbus-1/system.d'].flatMap((folder) =>
      [
        'connman.conf',
        'connman-vpn-dbus.conf',
        'wpa_supplicant.conf',
        'iwd-dbus.conf',
        'bluetooth.conf',
        'ofono.conf',
        'dundee.conf',
        'org.freedesktop.NetworkManager.conf',
        'org.freedesktop.ModemManager1.conf',
      ].map((file) => `${folder}/${file}`),
    );
    await startBus(machine, [...policies, `${repository}/tools/packaging/connman-dbus.conf`].filter(existsSync));
    const connman = await ConnmanView.open(machine);
    return new Lab(machine, inPlace, connman, await BusNames.watch(connman.client), backend);
  }

  /** Where most scenarios begin: back end and daemon run, and Wi-Fi is switched on. */
  async begin(mainConf?: string): Promise<ConnmanView> {
    await this.backend.start();
    await this.startDaemon(mainConf);
    await this.power(true);
    return this.connman;
  }

  /** Starts the daemon under test and waits until it has answered what its objects are. */
  async startDaemon(mainConf?: string): Promise<void> {
    if (mainConf !== undefined) this.machine.write(MAIN_CONF, mainConf);
    const { daemon: argv, env } = this.subject;
    const daemon = this.machine.start(argv, { env, log: 'connmand' });
    this.#daemon = daemon;
    this.connman.lost = undefined;
    void daemon.exited.then(() => {
      this.connman.lost = 'the daemon ended';
      this.connman.events.add('(the daemon ended)');
    });
    await this.connman.until('the daemon on the bus', () => this.connman.complete);
  }

  async stopDaemon(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    const exit = await this.daemon.stop(signal);
    await this.connman.events.until('the name to be given up', () => this.connman.owner === '');
    return exit;
  }

  /** The link of the machine's own radio. */
  get link(): string {
    return this.radios.own.link;
  }

  get daemon(): Child {
    if (!this.#daemon) throw new Error('no daemon was started');
    return this.#daemon;
  }

  /** Switches the Wi-Fi technology on or off as a user would. */
  async power(on: boolean): Promise<void> {
    const technology = () => this.connman.technologies.get(WIFI);
    await this.connman.until('a Wi-Fi technology', technology, 30_000);
    // One that has just appeared may still be on its way to the state that was stored.
    await this.passes(1);
    if (technology()?.Powered !== on)
      await this.connman.call(WIFI, 'SetProperty', 'sv', 'Powered', new Variant('b', on));
    await this.connman.until(`Wi-Fi ${on ? 'on' : 'off'}`, () => technology()?.Powered === on);
  }

  async site(name = 'home', subnet = '10.9.1'): Promise<Site> {
    const site = await Site.open(this.machine, name, subnet);
    this.#sites.push(site);
    return site;
  }

  async accessPoint(site: Site, plan: AccessPointPlan): Promise<AccessPoint> {
    const accessPoint = await AccessPoint.open(site, this.radios, plan);
    this.#accessPoints.push(accessPoint);
    return accessPoint;
  }

  /** The service of a network by its name, if it is listed. */
  service(name: string): ServiceView | undefined {
    return this.connman.services.find(({ properties }) => properties.Name === name);
  }

  /** The identifier of a listed network's service: the last part of its path. */
  serviceId(name: string): string {
    return this.service(name)?.path.split('/').at(-1) ?? '';
  }

  stateOf(name: string): string {
    return String(this.service(name)?.properties.State ?? 'absent');
  }

  /** Scans until a network is listed. */
  async find(name: string, deadlineMs?: number): Promise<ServiceView> {
    return this.findWhere(`the network ${name}`, ({ properties }) => properties.Name === name, deadlineMs);
  }

  /** Scans until a service is listed that has something. */
  async findWhere(what: string, has: (service: ServiceView) => boolean, deadlineMs = 60_000): Promise<ServiceView> {
    const found = () => this.connman.services.find(has);
    let wanted = true;
    void this.#scanWhile(() => wanted && !found());
    try {
      return await this.connman.until(what, found, deadlineMs);
    } finally {
      wanted = false;
    }
  }

  /** Puts a user at the agent; one at a time. */
  async user(answers: Answers = {}): Promise<User> {
    this.#user = await User.atAgent(this.connman.client, answers);
    return this.#user;
  }

  /** Connects to a listed network as a user would. @throws BusError with the daemon's answer. */
  async connect(name: string): Promise<void> {
    const { path } = await this.find(name);
    await this.connman.call(path, 'Connect');
  }

  /** As a user would, until it is idle. */
  async disconnect(name: string): Promise<void> {
    const { path } = await this.find(name);
    await this.connman.call(path, 'Disconnect');
    await this.untilState(name, ['idle']);
  }

  async untilState(name: string, states: readonly string[], deadlineMs = 60_000): Promise<ServiceView> {
    const look = () => states.includes(this.stateOf(name)) && this.service(name);
    const service = await this.connman.until(`${name} ${states.join(' or ')}`, look, deadlineMs);
    return service as ServiceView;
  }

  async untilOnline(name: string, deadlineMs?: number): Promise<ServiceView> {
    // ConnMan 1.41 gives its online check up where time is virtual.
    const states = this.subject.name === 'ours' ? ['online'] : ['ready', 'online'];
    return this.untilState(name, states, deadlineMs);
  }

  /** Lets time go by in which the scenario wants nothing to happen, or does not care. Virtual time: it takes none of ours. */
  async passes(seconds: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }

  /** The states that a service has changed to since an event, in their order; one that is said again is none. */
  statesOf(serviceId: string, sinceEvent: number): string[] {
    const line = new RegExp(`${serviceId} net\\.connman\\.Service\\.PropertyChanged \\["State","(.*)"\\]`);
    const told = (events: readonly string[]) => events.flatMap((event) => line.exec(event)?.[1] ?? []);
    const { items } = this.connman.events;
    const before = told(items.slice(0, sinceEvent)).at(-1);
    const since = told(items.slice(sinceEvent));
    return since.filter((state, at) => state !== (since[at - 1] ?? before));
  }

  /** Runs the subject's connmanctl. @returns what it printed. */
  async connmanctl(...words: string[]): Promise<string> {
    return this.machine.run([...this.subject.client, ...words], { env: this.subject.env });
  }

  /** What happened, for the message of a failed scenario. */
  report(): string {
    const asked = this.#user ? `--- agent\n${this.#user.agent.calls.tail()}\n` : '';
    const around = this.#accessPoints.map(({ name, hostapd }) => `--- ${name}\n${hostapd.output.tail(15)}`).join('\n');
    return `
--- bus
${this.connman.events.tail(60)}
${asked}--- kernel
${this.machine.kernel.tail(15)}
--- ${this.subject.name}
${this.#daemon?.output.tail(60) ?? '  (not started)'}
${this.backend.report()}
${around}`;
  }

  /** One scan after the other; one that is refused is tried again when something has changed. */
  async #scanWhile(wanted: () => boolean): Promise<void> {
    while (wanted()) {
      const seen = this.connman.events.items.length;
      const done = await this.connman.call(WIFI, 'Scan').then(
        () => true,
        () => false,
      );
      if (!done)
        await this.connman.until('a change', () => this.connman.events.items.length > seen).catch(() => undefined);
    }
  }
}
