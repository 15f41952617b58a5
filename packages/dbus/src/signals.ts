/**
 * Signals that others send: subscriptions, the match rules behind them (one per distinct rule, counted), and who owns the
 * names they are expected from.
 *
 * A name's owner is known from the bus's own answer and its NameOwnerChanged signals alone, taken in the order in which
 * they come in; nothing else is ever remembered about it. A signal from anybody else is not believed.
 */
import type { Logger } from '@connman/base';
import { readArguments } from './arguments';
import type { Connection } from './connection';
import { type Arguments, parseArguments } from './interface';
import { formatMatchRule, matchesPath, type SignalMatch } from './match-rule';
import { type Message, messageFlag, messageType } from './message';
import { typesOf } from './signature';
import { busAddress, busInterface } from './standard';

/** Where a signal came from. */
export interface SignalSource {
  /** Unique name. */
  readonly sender: string;
  readonly path: string;
  readonly member: string;
}

export type SignalListener = (args: unknown[], source: SignalSource) => void;

interface Subscription {
  readonly match: SignalMatch;
  readonly list: Arguments;
  readonly listener: SignalListener;
  /** The sender, when it is a well-known name. */
  readonly owner: Owner | undefined;
}

export type OwnerListener = (owner: string | undefined) => void;

interface Watcher {
  readonly listener: OwnerListener;
  told: string | undefined | null;
}

interface Owner {
  /** Unique name; undefined while no one owns it; null until the bus has said so. */
  current: string | undefined | null;
  readonly watchers: Set<Watcher>;
  release: () => void;
  users: number;
}

const ownerChanged = 'NameOwnerChanged';
const stringTypes = typesOf('s');
const ownerChangedList = parseArguments(busInterface.signals.NameOwnerChanged);

export class Signals {
  private readonly connection: Connection;
  private readonly log: Logger;
  private readonly subscriptions = new Map<string, Set<Subscription>>();
  private readonly rules = new Map<string, number>();
  private readonly owners = new Map<string, Owner>();

  constructor(connection: Connection, log: Logger) {
    this.connection = connection;
    this.log = log;
  }

  /** Calls back for each signal that matches, with the arguments of the list. The returned function ends it. */
  subscribe(match: SignalMatch, list: Arguments, listener: SignalListener): () => void {
    const { sender } = match;
    const tracked = sender !== undefined && !sender.startsWith(':') && sender !== busAddress.name;
    // The owner is asked for before the rule is set: its answer comes in before the first signal.
    const owner = tracked ? this.useOwner(sender) : undefined;
    // A signal has many readers, so none of them owns its descriptors.
    const subscription = { match, list: { ...list, fds: false }, listener, owner };
    const key = `${match.interface}.${match.member}`;
    const set = this.subscriptions.get(key) ?? new Set();
    this.subscriptions.set(key, set.add(subscription));
    const rule = formatMatchRule(match);
    this.addRule(rule);
    return () => {
      if (!set.delete(subscription)) return;
      if (set.size === 0 && this.subscriptions.get(key) === set) this.subscriptions.delete(key);
      this.removeRule(rule);
      if (tracked) this.dropOwner(sender);
    };
  }

  /** Tells the owner of a name, as soon as it is known, and each time it changes. The returned function ends it. */
  watchOwner(name: string, listener: OwnerListener): () => void {
    const owner = this.useOwner(name);
    const watcher: Watcher = { listener, told: null };
    owner.watchers.add(watcher);
    if (owner.current !== null) process.nextTick(() => this.tell(owner, watcher));
    return () => {
      if (owner.watchers.delete(watcher)) this.dropOwner(name);
    };
  }

  private tell(owner: Owner, watcher: Watcher): void {
    const { current } = owner;
    if (current === null || watcher.told === current || !owner.watchers.has(watcher)) return;
    watcher.told = current;
    this.guard(() => watcher.listener(current));
  }

  deliver(message: Message): void {
    const set = this.subscriptions.get(`${message.interface}.${message.member}`);
    const wanted = set ? [...set].filter((one) => this.isFor(one, message)) : [];
    if (wanted.length === 0) return this.connection.discardFds(message.fds);
    const { sender, path, member } = message;
    const [{ list }] = wanted as [Subscription];
    const args = readArguments(list, message, this.connection);
    if (!args.ok) {
      this.log.debug(`dbus: signal ${member} of ${sender} cannot be read: ${args.error.reason}`);
      return;
    }
    for (const one of wanted) if (set?.has(one)) this.guard(() => one.listener(args.value, { sender, path, member }));
  }

  private isFor(one: Subscription, message: Message): boolean {
    if (one.list.signature !== message.signature || !matchesPath(one.match, message)) return false;
    const { sender } = one.match;
    if (sender === undefined) return true;
    return message.sender === (one.owner ? one.owner.current : sender);
  }

  private guard(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.log.error(`dbus: a listener failed, a defect of this program: ${text}`);
    }
  }

  private useOwner(name: string): Owner {
    const known = this.owners.get(name);
    if (known) {
      known.users++;
      return known;
    }
    const owner: Owner = { current: null, watchers: new Set(), release: () => {}, users: 1 };
    this.owners.set(name, owner);
    const unsubscribe = this.subscribe(
      { sender: busAddress.name, interface: busInterface.name, member: ownerChanged, arg0: name },
      ownerChangedList,
      ([changed, , next]) => {
        if (changed === name) this.setOwner(owner, (next as string) || undefined);
      },
    );
    const cancel = this.connection.call(this.busCall('GetNameOwner', name), Number.POSITIVE_INFINITY, (reply) => {
      // When the bus is gone no one owns anything, but that is not what a watcher asks: see Bus.onLost.
      if (!reply.ok) return;
      const owned = reply.value.type === messageType.reply && reply.value.signature === 's';
      const args = owned ? readArguments(oneString, reply.value, this.connection) : undefined;
      this.setOwner(owner, args?.ok ? (args.value[0] as string) : undefined);
    });
    owner.release = () => {
      unsubscribe();
      cancel();
    };
    return owner;
  }

  private setOwner(owner: Owner, current: string | undefined): void {
    if (owner.current === current) return;
    owner.current = current;
    for (const watcher of [...owner.watchers]) this.tell(owner, watcher);
  }

  private dropOwner(name: string): void {
    const owner = this.owners.get(name);
    if (!owner || --owner.users > 0) return;
    this.owners.delete(name);
    owner.release();
  }

  private addRule(rule: string): void {
    const users = this.rules.get(rule) ?? 0;
    this.rules.set(rule, users + 1);
    if (users === 0) this.tellBus('AddMatch', rule);
  }

  private removeRule(rule: string): void {
    const users = this.rules.get(rule) ?? 0;
    if (users > 1) this.rules.set(rule, users - 1);
    else if (this.rules.delete(rule)) this.tellBus('RemoveMatch', rule);
  }

  private tellBus(member: 'AddMatch' | 'RemoveMatch', rule: string): void {
    this.connection.call(this.busCall(member, rule), Number.POSITIVE_INFINITY, (reply) => {
      if (reply.ok && reply.value.type === messageType.error && !this.connection.closed)
        this.log.error(`dbus: the bus refuses ${member} of ${rule}: ${reply.value.errorName}`);
    });
  }

  private busCall(member: string, argument: string) {
    return {
      type: messageType.call,
      flags: messageFlag.noAutoStart,
      destination: busAddress.name,
      path: busAddress.path,
      interface: busInterface.name,
      member,
      signature: 's',
      types: stringTypes,
      body: [argument],
    };
  }
}

const oneString = parseArguments('s');
