// A machine with connman-vpnd beside its connmand, and a VPN server at the far end of its cable.
import { existsSync } from 'node:fs';
import {
  vpnAgentErrors,
  vpnAgentInterface,
  vpnBusName,
  vpnConnectionInterface,
  vpnManagerInterface,
} from '@connman/contracts';
import { type AnswerOf, Bus, BusError, bool, nodeBusStream, str, type Variant } from '@connman/dbus';
import { BUS_SOCKET } from '../netns/lab/bus';
import type { Child } from '../netns/lab/child';
import { repository } from '../netns/lab/host';
import type { Lab } from '../netns/lab/lab';
import { installPeers } from '../netns/lab/peers';
import { EventRecord } from '../netns/lab/record';
import { NODE_FLAGS } from '../netns/lab/subject';

const vpnd = [process.execPath, ...NODE_FLAGS, `${repository}/packages/vpnd/dist/connman-vpnd.js`, '-n', '-d'];
/** In a guest it is installed; here it is unpacked, and shown through there. */
const debianVpnd = '/usr/sbin/connman-vpnd';

/** Scenarios are to be run with Debian's connman-vpnd. */
export const isDebianVpnd = process.env.E2E_VPND === 'debian';

/** Values by field, or `error` with the name of the error to answer with. */
type Answers = Readonly<Record<string, string | boolean>>;

export class VpnSite {
  readonly lab: Lab;
  readonly bus: Bus;
  /** `PropertyChanged State "ready"`, `ConnectionAdded /net/...`. */
  readonly signals = new EventRecord<string>();
  /** What our agent was asked: names and values of the fields. */
  readonly questions = new EventRecord<ReadonlyMap<string, Variant>>((fields) => [...fields.keys()].join(' '));
  readonly errors = new EventRecord<string>();
  /** Who has had the name of connman-vpnd; empty when no one has. */
  private readonly owners = new EventRecord<string>();
  answers: Answers[] = [];
  /** How often our agent answers ReportError with Retry. */
  retries = 0;
  daemon: Child | undefined;
  /** Debian's connman-vpnd in the place of ours. */
  isDebian = isDebianVpnd;

  private constructor(lab: Lab, bus: Bus) {
    this.lab = lab;
    this.bus = bus;
  }

  static async open(lab: Lab): Promise<VpnSite> {
    const bus = await Bus.connect({ stream: nodeBusStream, address: `unix:path=${lab.machine.path(BUS_SOCKET)}` });
    const site = new VpnSite(lab, bus);
    bus.watchOwner(vpnBusName, (owner) => site.owners.add(owner ?? ''));
    bus.subscribe(
      { sender: vpnBusName, interface: vpnConnectionInterface.name, member: 'PropertyChanged' },
      's name, v value',
      ([name, value]) => site.signals.add(`${name} ${JSON.stringify(value.value)}`),
    );
    for (const [member, list] of [
      ['ConnectionAdded', 'o identifier, a{sv} properties'],
      ['ConnectionRemoved', 'o identifier'],
    ] as const) {
      const match = { sender: vpnBusName, interface: vpnManagerInterface.name, member };
      bus.subscribe(match, list, (args) => site.signals.add(`${member} ${args[0]}`));
    }
    return site;
  }

  async start(...args: string[]): Promise<Child> {
    const program = this.isDebian ? [debianVpnd, '-n'] : vpnd;
    if (this.isDebian && !existsSync(this.lab.machine.path(debianVpnd))) await installPeers(this.lab.machine);
    const before = this.owners.items.length;
    const daemon = this.lab.start([...program, ...args]);
    this.daemon = daemon;
    const ended = daemon.exited.then(() => {
      throw new Error(`connman-vpnd ended at its start:\n${daemon.output.tail()}`);
    });
    await Promise.race([this.untilOwned(true, before), ended]);
    // Debian's asks connmand for its state after a second, and a Connect before that is answered with OperationAborted.
    if (this.isDebian) await this.lab.machine.run('sleep 3');
    return daemon;
  }

  /** Kills the daemon. VPN programs hold its standard error open: its end shows on the bus. */
  async kill(): Promise<void> {
    const before = this.owners.items.length;
    this.daemon?.signal('SIGKILL');
    await this.untilOwned(false, before);
  }

  /** The name has, or has lost, an owner since the record had `before` entries. */
  private async untilOwned(owned: boolean, before: number): Promise<void> {
    const { owners } = this;
    const isSo = () => owners.items.length > before && (owners.items.at(-1) !== '') === owned;
    await owners.until(`connman-vpnd ${owned ? 'on' : 'gone from'} the bus`, isSo, 60_000);
  }

  get manager() {
    return this.bus.object(vpnManagerInterface, { name: vpnBusName, path: '/' });
  }

  connection(ident: string) {
    const path = `/net/connman/vpn/connection/${ident}`;
    return this.bus.object(vpnConnectionInterface, { name: vpnBusName, path });
  }

  async properties(ident: string): Promise<Record<string, unknown>> {
    const properties = await this.connection(ident).call('GetProperties', []);
    return Object.fromEntries([...properties].map(([name, value]) => [name, plain(value)]));
  }

  /** Registers an agent that gives the next of `answers` to each request. */
  async agent(): Promise<void> {
    this.bus.export('/lab/vpnagent', vpnAgentInterface, {
      Release: () => {},
      Cancel: () => {},
      ReportError: ([, error]) => {
        this.errors.add(error);
        if (this.retries-- > 0) throw new BusError(vpnAgentErrors.retry, 'as the test wants it');
      },
      RequestInput: ([, fields]) => {
        this.questions.add(fields);
        return this.answer();
      },
    });
    await this.manager.call('RegisterAgent', ['/lab/vpnagent']);
  }

  /** Waits until connmand shows the connection as a service. */
  async untilService(id: string): Promise<void> {
    await this.lab.connman.until(`the service ${id}`, ({ services }) =>
      services.some(({ path }) => path.endsWith(`/${id}`)),
    );
  }

  /** Waits until connmand has given the tunnel its addresses and routes; it takes up what other programs connect, too. */
  async untilReady(id: string): Promise<void> {
    await this.lab.connman.until(`the service ${id} to be ready`, ({ services }) =>
      services.some(({ path, properties }) => path.endsWith(`/${id}`) && /ready|online/.test(String(properties.State))),
    );
  }

  /** Waits until nothing is left of the tunnel: Debian's connman-vpnd does not signal that a connection is idle, connmand does. */
  async untilIdle(id: string): Promise<void> {
    await this.lab.connman.until(`the service ${id} to be idle`, ({ services }) =>
      services.some(({ path, properties }) => path.endsWith(`/${id}`) && properties.State === 'idle'),
    );
    await this.lab.machine.until(
      'its link gone',
      async () => !/wg0|vpn0|ppp0/.test(await this.lab.machine.run('ip -o link')),
    );
  }

  /** The first of so many attempts, a quarter of a second apart, that is answered. */
  async pingThrough(address: string, attempts = 8): Promise<void> {
    const ping = this.lab.start(['ping', '-n', '-i', '0.25', '-c', String(attempts), address]);
    await ping.line(/bytes from/, attempts * 250 + 10_000);
    await ping.stop('SIGINT');
  }

  async until(what: string, look: () => boolean, deadlineMs?: number): Promise<void> {
    await this.signals.until(what, look, deadlineMs);
  }

  /** Runs a scenario, and leaves the bus. A failure says what connman-vpnd and other programs, by name, printed last. */
  async during(
    scenario: () => Promise<void>,
    others: () => Readonly<Record<string, Child | undefined>> = () => ({}),
  ): Promise<void> {
    try {
      await scenario();
    } catch (error) {
      if (error instanceof Error) {
        error.message += `\n--- connman-vpnd\n${this.daemon?.output.tail(80)}\n--- signals\n${this.signals.tail(40)}`;
        for (const [name, program] of Object.entries(others()))
          error.message += `\n--- ${name}\n${program?.output.tail(60)}`;
      }
      throw error;
    } finally {
      this.bus.close();
    }
  }

  private answer(): AnswerOf<'a{sv} fields', 'write'> {
    const answer = this.answers.shift() ?? { error: 'net.connman.vpn.Agent.Error.Canceled' };
    if (typeof answer.error === 'string') throw new BusError(answer.error, 'as the test wants it');
    return Object.fromEntries(
      Object.entries(answer).map(([name, value]) => [name, typeof value === 'boolean' ? bool(value) : str(value)]),
    );
  }
}

/** Variants and maps as plain values. */
export function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null && 'signature' in value && 'value' in value)
    return plain(value.value);
  return value;
}
