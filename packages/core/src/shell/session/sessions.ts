/**
 * Sessions of clients: a client says what kind of connection it needs, and hears which service carries it (ConnMan rules 23
 * and 189 to 194). A policy file may leave a user's sessions fewer bearers than they ask for.
 */
import { connmanError, errnoError, explainedError, notificationInterface, sessionInterface } from '@connman/contracts';
import type { Bus, Exported, Handlers, MethodCall, replyLater, Variant } from '@connman/dbus';
import type { Intent } from '../../events';
import { serviceOfPath } from '../../model/service/service';
import { Table } from '../../model/table/table';
import type { Snapshot } from '../publish/snapshot';
import { type Carrier, carrierOf, changedSince, notificationOf } from './match';
import { type Identity, identityOf, Policies, type PolicyParts } from './policies';
import { limited, parseChange, parseSettings, type SessionSettings } from './settings';

export interface SessionsOptions {
  readonly bus: Bus;
  readonly snapshot: () => Snapshot;
  /** Hands the engine an intent, and the client its outcome. */
  readonly ask: (call: MethodCall<''>, intent: Intent) => typeof replyLater;
  /** The same where no client waits. */
  readonly tell: (intent: Intent) => void;
  readonly policies: PolicyParts;
}

interface Session {
  readonly path: string;
  readonly owner: string;
  readonly notifier: string;
  readonly identity: Identity;
  /** As its owner wants them. */
  settings: SessionSettings;
  /** Whether services of its bearers are to be connected; undecided until its owner calls Connect or Disconnect. */
  wish: 'none' | 'connect' | 'disconnect';
  heard?: ReadonlyMap<string, Variant>;
  exported?: Exported<typeof sessionInterface>;
  end: () => void;
}

const mostPerClient = 16;

export class Sessions {
  private readonly options: SessionsOptions;
  /** By object path. */
  private readonly sessions = new Table<string, Session>();
  private readonly byOwner = this.sessions.groupBy(({ owner }) => owner);
  private readonly policies: Policies;
  /** What was told last of users and services, as JSON. */
  private routed = '[]';
  /** An emergency call goes on: no other session connects or disconnects anything (rule 193). */
  private emergency: Session | undefined;

  constructor(options: SessionsOptions) {
    this.options = options;
    this.policies = new Policies(options.policies, () => this.follow());
  }

  /** @returns the session's object path. */
  async create(owner: string, given: ReadonlyMap<string, Variant>, notifier: string): Promise<string> {
    const path = `/sessions/${owner.replace(/[:.]/g, '_')}${notifier === '/' ? '' : notifier}`;
    const settings = parseSettings(given);
    const identity = await identityOf(this.options.bus, this.options.policies.files, owner);
    if (this.sessions.has(path)) throw connmanError('AlreadyExists');
    if (this.byOwner.size(owner) >= mostPerClient)
      throw explainedError('Failed', `a client may have ${mostPerClient} sessions`);
    const end = this.options.bus.watchName(owner, () => this.remove(session));
    const session: Session = { path, owner, notifier, identity, settings, wish: 'none', end };
    session.exported = this.options.bus.export(path, sessionInterface, this.handlers(session));
    this.sessions.set(path, session);
    // Behind the answer that tells the owner its path.
    process.nextTick(() => this.changed(session));
    return path;
  }

  destroy(sender: string, path: string): void {
    const session = this.sessions.get(path);
    if (!session) throw connmanError('InvalidArguments');
    this.remove(own(session, sender));
  }

  /** Services have changed. */
  follow(): void {
    for (const session of this.sessions.values()) this.notify(session);
    this.route();
  }

  /** The daemon ends; what it connected for sessions stays connected. */
  close(): void {
    for (const session of this.sessions.values()) {
      this.clientOf(session).send('Release', []);
      session.end();
      session.exported?.unexport();
    }
    this.sessions.clear();
    this.policies.close();
  }

  private policyOf({ identity }: Session) {
    return this.policies.of(identity);
  }

  /** As its policy leaves them. */
  private settingsOf(session: Session): SessionSettings {
    return limited(session.settings, this.policyOf(session));
  }

  /** ConnMan lets anybody who knows the path call these; here only the owner. */
  private handlers(session: Session): Handlers<typeof sessionInterface> {
    return {
      Destroy: (_, { sender }) => this.remove(own(session, sender)),
      Connect: (_, call) => {
        this.refuseDuringEmergency(own(session, call.sender));
        const { allowedBearers, allowedInterface } = this.settingsOf(session);
        if (this.policyOf(session)?.emergencyCall) this.beginEmergency(session);
        session.wish = 'connect';
        this.changed(session);
        return this.options.ask(call, { kind: 'session-connect', bearers: allowedBearers, allowedInterface });
      },
      Disconnect: (_, call) => {
        this.refuseDuringEmergency(own(session, call.sender));
        session.wish = 'disconnect';
        if (this.emergency === session) this.emergency = undefined;
        this.changed(session);
        return this.options.ask(call, { kind: 'session-disconnect', bearers: this.unusedBearers(session) });
      },
      Change: ([name, value], { sender }) => {
        const change = parseChange(name, value);
        own(session, sender).settings = { ...session.settings, ...change };
        this.changed(session);
      },
    };
  }

  private remove(session: Session): void {
    session.end();
    session.exported?.unexport();
    this.sessions.delete(session.path);
    this.route();
    if (this.emergency === session) this.emergency = undefined;
    if (session.wish === 'connect')
      this.options.tell({ kind: 'session-disconnect', bearers: this.unusedBearers(session) });
  }

  private refuseDuringEmergency(session: Session): void {
    if (this.emergency && this.emergency !== session) throw errnoError('EBUSY');
  }

  /** Every other session lets go of what carries it. */
  private beginEmergency(session: Session): void {
    this.emergency = session;
    for (const other of this.sessions.values()) {
      if (other === session || other.wish !== 'connect') continue;
      other.wish = 'disconnect';
      this.options.tell({ kind: 'session-disconnect', bearers: this.unusedBearers(other) });
      this.notify(other);
    }
  }

  /** Those of its bearers that no other session wants connected (rule 190). */
  private unusedBearers(session: Session): string[] {
    const others = [...this.sessions.values()].filter((other) => other.wish === 'connect' && other !== session);
    const wanted = new Set(others.flatMap((other) => this.settingsOf(other).allowedBearers));
    return this.settingsOf(session).allowedBearers.filter((bearer) => !wanted.has(bearer));
  }

  /** The owner has said something else. */
  private changed(session: Session): void {
    this.notify(session);
    this.route();
  }

  private notify(session: Session): void {
    if (!this.sessions.has(session.path)) return;
    const settings = this.settingsOf(session);
    const now = notificationOf(settings, this.carrierOf(session)?.properties);
    const changed = changedSince(session.heard, now);
    session.heard = now;
    if (changed.size > 0) this.clientOf(session).send('Update', [changed]);
  }

  private carrierOf(session: Session): Carrier | undefined {
    if (session.wish === 'disconnect') return undefined;
    return carrierOf(this.settingsOf(session), this.options.snapshot().services);
  }

  /** Users whose policy counts for their sessions send by what carries the first of them (rule 191). */
  private route(): void {
    const routes = new Map<number, string>();
    for (const session of this.sessions.values()) {
      const { uid } = session.identity;
      if (routes.has(uid) || !this.policies.isForUser(session.identity)) continue;
      const carrier = this.carrierOf(session);
      if (carrier) routes.set(uid, serviceOfPath(carrier.path));
    }
    const users = [...routes].map(([uid, service]) => ({ uid, service }));
    const text = JSON.stringify(users);
    if (text === this.routed) return;
    this.routed = text;
    this.options.tell({ kind: 'route-users', users });
  }

  private clientOf({ owner, notifier }: Session) {
    return this.options.bus.object(notificationInterface, { name: owner, path: notifier });
  }
}

function own(session: Session, sender: string): Session {
  if (session.owner !== sender) throw connmanError('PermissionDenied', 'the session belongs to another client');
  return session;
}
