/**
 * When to check that a service reaches the internet, and what the answers mean (ConnMan rules 125 to 128, 134 and 136).
 *
 * One machine holds every check that runs, a service's IPv4 and IPv6 apart. Its caller says which services are to be
 * checked (the default one, and those marked as failed) and carries out the effects; the checks' answers and the passing
 * of time come back as events.
 */
import { after, type Instant, type Step } from '@connman/base';
import type { DnsTlsMode } from '@connman/contracts';
import type { Family, IpAddress } from '@connman/inet';
import type { ProxyConfig } from '../ipconfig/ip-settings';
import { type CheckIntervals, intervalSeconds, nextIndex } from './check-interval';
import { type PortalVisits, visited } from './portal-visits';

export interface OnlineSettings {
  /** OnlineCheckMode. */
  readonly mode: 'none' | 'one-shot' | 'continuous';
  /** OnlineCheckIPv4URL. */
  readonly ipv4Url: string;
  /** OnlineCheckIPv6URL. */
  readonly ipv6Url: string;
  readonly intervals: CheckIntervals;
  /** OnlineCheckFailuresThreshold: failures in a row that take `online` away; continuous mode only. */
  readonly failuresThreshold: number;
  /** OnlineCheckSuccessesThreshold: successes in a row that give it back; continuous mode only. */
  readonly successesThreshold: number;
}

/** How a check leaves the machine: by which interface, asking whom for names. */
export interface CheckPath {
  readonly interfaceName: string;
  readonly nameservers: readonly IpAddress[];
  readonly tls: DnsTlsMode;
  /** The source address, where it matters; the kernel chooses otherwise. */
  readonly localAddress?: IpAddress;
  /** What else there is on the way that may lead it elsewhere, in words: a change of it is worth another check. */
  readonly rivals?: readonly string[];
  /** Where the network says whether a portal is in the way (RFC 8910), to be asked as RFC 8908 has it. */
  readonly portalApi?: string;
  /** The proxy that web pages are fetched through; absent: directly. */
  readonly proxy?: ProxyConfig;
}

/** What one check found. */
export type CheckOutcome =
  /** `sessionMs`: the portal lets this machine through for so long (RFC 8908 seconds-remaining). */
  | { readonly kind: 'online'; readonly sessionMs?: number }
  /** Something other than the internet answered: the page that a browser should be shown, or a form for name and password. */
  | { readonly kind: 'portal'; readonly url: string; readonly login?: PortalForm }
  /**
   * No usable answer, and why. `transient`: this machine could not even ask (no route yet, an address still tentative, no
   * nameserver answered), as happens in the first moments of a link.
   */
  | { readonly kind: 'failure'; readonly reason: string; readonly transient: boolean };

/** A portal that takes a name and a password without a browser (WISPr): where they are sent. */
export interface PortalForm {
  /** Always https. */
  readonly url: string;
}

export interface CheckRequest extends CheckPath {
  readonly checkId: number;
  readonly family: Family;
  readonly url: string;
  /** A portal would be new to the user: what it says of itself is wanted as well. */
  readonly wantsDetails?: true;
  /** The request fills a packet: whether the path carries one is asked as well. */
  readonly isFullSize?: true;
  /** How long it may take; as long as all checks where it is absent. */
  readonly timeoutMs?: number;
}

export type OnlineEvent =
  /** Check this service. Repeated with the same path it changes nothing; with another path the check begins again. */
  | {
      readonly kind: 'start';
      readonly at: Instant;
      readonly serviceId: string;
      readonly family: Family;
      readonly path: CheckPath;
    }
  /** The user has been to the portal (rule 134): ask again now, or after a pause if that has been said often of late. */
  | { readonly kind: 'restart'; readonly at: Instant; readonly serviceId: string; readonly family: Family }
  /** Check it no more; both families unless one is named. Forgets a failed mark without an effect. */
  | { readonly kind: 'stop'; readonly at: Instant; readonly serviceId: string; readonly family?: Family }
  /** The settings are others than before: each check goes out again by them; what is known of the services stays. */
  | { readonly kind: 'configured'; readonly at: Instant }
  | { readonly kind: 'result'; readonly at: Instant; readonly checkId: number; readonly outcome: CheckOutcome }
  | { readonly kind: 'timer'; readonly at: Instant };

export type OnlineEffect =
  | ({ readonly kind: 'check'; readonly serviceId: string } & CheckRequest)
  | { readonly kind: 'cancel'; readonly checkId: number }
  /** The next `timer` event is due then (this replaces an earlier one); never, when absent. */
  | { readonly kind: 'timer'; readonly at?: Instant }
  /** The family of the service reaches the internet; `wasPortal`: a portal was in the way before. */
  | { readonly kind: 'online'; readonly serviceId: string; readonly family: Family; readonly wasPortal?: true }
  /**
   * The family falls from online back to ready. `failed`: no family of the service is left, it bears the Error
   * `online-check-failed` and is sorted last until `recovered`.
   */
  | { readonly kind: 'offline'; readonly serviceId: string; readonly family: Family; readonly failed: boolean }
  /** The service loses the Error `online-check-failed`. */
  | { readonly kind: 'recovered'; readonly serviceId: string }
  /** The user is to be shown this page or asked for name and password; once per page, not once per check. */
  | {
      readonly kind: 'portal';
      readonly serviceId: string;
      readonly family: Family;
      readonly url: string;
      readonly login?: PortalForm;
    }
  /** It is online, or checked no more: a browser that was to be shown its page need not be. */
  | { readonly kind: 'portal-over'; readonly serviceId: string }
  /** For the log: why a check failed and in how many milliseconds the next one goes out. */
  | {
      readonly kind: 'check-failed';
      readonly serviceId: string;
      readonly family: Family;
      readonly reason: string;
      readonly retryMs: number;
    };

/** What is known of one family of one service. */
interface FamilyCheck {
  readonly serviceId: string;
  readonly family: Family;
  readonly path: CheckPath;
  /** The check that is out, if one is. */
  readonly checkId?: number;
  /** When one went out last because the path had changed. */
  readonly changedAt?: Instant;
  /** When one goes out because the path has changed; what is out until then may be answered. */
  readonly anotherAt?: Instant;
  /** When the next one goes out, if one is to. */
  readonly dueAt?: Instant;
  /** When one goes out because the user has been to the portal; `dueAt` stands beside it. */
  readonly revisitAt?: Instant;
  readonly visits?: PortalVisits;
  readonly intervalIndex: number;
  /** Retries left of the kind that waits for no interval. */
  readonly quickRetries: number;
  readonly online: boolean;
  /** It was online and was demoted: successes are counted before it is online again. */
  readonly demoted: boolean;
  readonly failures: number;
  readonly successes: number;
  /** The page last reported by a `portal` effect. */
  readonly portalUrl?: string;
  /** When a portal was first found in the way. */
  readonly portalSince?: Instant;
}

export interface OnlineState {
  readonly checks: ReadonlyMap<string, FamilyCheck>;
  /** Services that bear the Error `online-check-failed`. */
  readonly failedServices: ReadonlySet<string>;
  readonly lastCheckId: number;
  readonly timerAt?: Instant;
}

export const initialOnlineState: OnlineState = { checks: new Map(), failedServices: new Set(), lastCheckId: 0 };

/** Whether the service is marked as failed: such a one is checked further even when it is not the default (rule 128). */
export function isMarkedFailed(state: OnlineState, serviceId: string): boolean {
  return state.failedServices.has(serviceId);
}

/** Whether the family of the service has shown that it reaches the internet, and nothing has been heard against it since. */
export function isShownOnline(state: OnlineState, serviceId: string, family: Family): boolean {
  return state.checks.get(keyOf(serviceId, family))?.online ?? false;
}

// A failure that is this machine's own (a packet lost while the far end still wakes up, a route a moment late) is not worth
// a whole interval. A stale route or a lasting fault is told from it by the limit.
const quickRetryMs = 250;
const quickRetryLimit = 3;
/** A user at a portal's page logs in within the first minutes: `online` is to follow the login at once. */
const loginPollMs = 1000;
const loginMs = 300_000;
/** The portal ends a session a little later than it says. */
const sessionGraceMs = 1000;
/** A network whose routers advertise something else all the time is checked no more often for that. */
const leastPauseMs = 1000;

export function stepOnline(
  settings: OnlineSettings,
  state: OnlineState,
  event: OnlineEvent,
): Step<OnlineState, OnlineEffect> {
  const turn = new Turn(settings, state);
  switch (event.kind) {
    case 'start':
      if (settings.mode !== 'none') turn.start(event.serviceId, event.family, event.path, event.at);
      break;
    case 'restart':
      turn.restart(event.serviceId, event.family, event.at);
      break;
    case 'stop':
      for (const family of event.family ? [event.family] : ([4, 6] as const)) turn.stop(event.serviceId, family);
      break;
    case 'configured':
      turn.beginAgain();
      break;
    case 'result':
      turn.result(event.checkId, event.outcome, event.at);
      break;
    case 'timer':
      turn.timer(event.at);
  }
  return turn.finish();
}

/** One step in the making: drafts of the state's collections, made from a state that is never changed itself. */
class Turn {
  private readonly effects: OnlineEffect[] = [];
  private readonly checks: Map<string, FamilyCheck>;
  private readonly failedServices: Set<string>;
  private readonly before: OnlineState;
  private readonly settings: OnlineSettings;
  private lastCheckId: number;
  private armedAt: Instant | undefined;

  constructor(settings: OnlineSettings, state: OnlineState) {
    this.settings = settings;
    this.before = state;
    this.checks = new Map(state.checks);
    this.failedServices = new Set(state.failedServices);
    this.lastCheckId = state.lastCheckId;
    this.armedAt = state.timerAt;
  }

  start(serviceId: string, family: Family, path: CheckPath, at: Instant): void {
    const known = this.checks.get(keyOf(serviceId, family));
    if (known && isSamePath(known.path, path)) return;
    const anotherAt = known?.changedAt === undefined ? at : after(known.changedAt, leastPauseMs);
    if (known && anotherAt > at) return this.put({ ...known, path, anotherAt });
    this.send({
      serviceId,
      family,
      online: false,
      demoted: false,
      failures: 0,
      successes: 0,
      ...known,
      ...(known && { changedAt: at }),
      ...this.fresh(),
      path,
    });
  }

  beginAgain(): void {
    for (const check of this.before.checks.values()) {
      if (this.settings.mode === 'none') this.stop(check.serviceId, check.family);
      else this.send({ ...check, ...this.fresh() });
    }
  }

  /** Waits and retries as of a first check. */
  private fresh(): Pick<FamilyCheck, 'intervalIndex' | 'quickRetries'> {
    return { intervalIndex: this.settings.intervals.initial, quickRetries: quickRetryLimit };
  }

  restart(serviceId: string, family: Family, at: Instant): void {
    const known = this.checks.get(keyOf(serviceId, family));
    if (!known || known.revisitAt !== undefined) return;
    const { portalUrl: _, ...rest } = known;
    const visits = visited(known.visits, at);
    if (visits.checkAt > at) {
      this.put({ ...rest, visits, revisitAt: visits.checkAt });
    } else {
      this.send({ ...rest, ...this.fresh(), visits });
    }
  }

  stop(serviceId: string, family: Family): void {
    const known = this.checks.get(keyOf(serviceId, family));
    if (!known) return;
    if (known.checkId !== undefined) this.effects.push({ kind: 'cancel', checkId: known.checkId });
    if (known.portalUrl !== undefined) this.effects.push({ kind: 'portal-over', serviceId });
    this.checks.delete(keyOf(serviceId, family));
    if (!this.familiesOf(serviceId).some((check) => check.demoted)) this.failedServices.delete(serviceId);
  }

  /** Lets it go out at once, in place of one that may be out already. */
  send(check: FamilyCheck): void {
    if (check.checkId !== undefined) this.effects.push({ kind: 'cancel', checkId: check.checkId });
    const { serviceId, family, path } = check;
    const { dueAt: _, revisitAt: __, anotherAt: ___, ...rest } = check;
    const checkId = ++this.lastCheckId;
    const url = family === 4 ? this.settings.ipv4Url : this.settings.ipv6Url;
    this.put({ ...rest, checkId });
    const details = check.portalUrl === undefined && ({ wantsDetails: true } as const);
    this.effects.push({ kind: 'check', checkId, serviceId, family, url, ...path, ...details });
  }

  result(checkId: number, outcome: CheckOutcome, at: Instant): void {
    const answered = [...this.checks.values()].find((check) => check.checkId === checkId);
    // The answer to a check that was cancelled meanwhile says nothing about what is asked now.
    if (!answered) return;
    const { checkId: _, ...check } = answered;
    if (outcome.kind === 'online') this.success(check, outcome.sessionMs, at);
    else this.failure(check, outcome, at);
  }

  private success(before: FamilyCheck, sessionMs: number | undefined, at: Instant): void {
    const { portalUrl, portalSince, revisitAt: __, visits: ___, ...check } = before;
    const { serviceId, family } = check;
    if (portalUrl !== undefined) this.effects.push({ kind: 'portal-over', serviceId });
    const { mode, intervals, successesThreshold } = this.settings;
    const successes = check.demoted ? check.successes + 1 : 0;
    const counts = { failures: 0, successes, quickRetries: 0 };
    if (check.demoted && successes < successesThreshold) {
      this.put({ ...check, ...counts, ...this.wait(intervals.initial, at) });
      return;
    }
    const settled = { ...check, ...counts, successes: 0, online: true, demoted: false, intervalIndex: intervals.max };
    const waiting = mode === 'continuous' ? this.wait(intervals.max, at).dueAt : undefined;
    const ends = sessionMs === undefined ? undefined : after(at, sessionMs + sessionGraceMs);
    const dueAt = earliest(waiting, ends);
    this.put(dueAt === undefined ? settled : { ...settled, dueAt });
    const wasPortal = portalSince !== undefined && ({ wasPortal: true } as const);
    if (!check.online) this.effects.push({ kind: 'online', serviceId, family, ...wasPortal });
    if (this.failedServices.delete(serviceId)) this.effects.push({ kind: 'recovered', serviceId });
  }

  private failure(before: FamilyCheck, outcome: Exclude<CheckOutcome, { kind: 'online' }>, at: Instant): void {
    const { serviceId, family } = before;
    let check: FamilyCheck = before;
    if (outcome.kind === 'failure' && outcome.transient && check.quickRetries > 0) {
      this.put({ ...check, quickRetries: check.quickRetries - 1, dueAt: after(at, quickRetryMs) });
      this.report(check, outcome.reason, quickRetryMs);
      return;
    }
    const { mode, intervals, failuresThreshold } = this.settings;
    if (outcome.kind === 'portal') check = this.atPortal(check, outcome, at);
    check = { ...check, failures: check.failures + 1, successes: 0 };
    if (mode === 'continuous' && check.online && check.failures >= failuresThreshold) {
      check = { ...check, online: false, demoted: true, failures: 0, intervalIndex: intervals.initial };
      this.put(check);
      const failed = !this.familiesOf(serviceId).some((one) => one.online);
      if (failed) this.failedServices.add(serviceId);
      this.effects.push({ kind: 'offline', serviceId, family, failed });
    }
    const index = check.demoted ? intervals.initial : check.intervalIndex;
    const isLoggingIn = check.portalUrl !== undefined && !check.visits && at - (check.portalSince ?? at) < loginMs;
    const waiting = isLoggingIn ? { dueAt: after(at, loginPollMs) } : this.wait(index, at);
    this.put({ ...check, ...waiting, intervalIndex: isLoggingIn ? index : nextIndex(index, intervals) });
    const reason = outcome.kind === 'portal' ? `a portal answered instead: ${outcome.url}` : outcome.reason;
    // Once, not each second while the user logs in.
    if (!isLoggingIn || before.portalUrl === undefined) this.report(check, reason, waiting.dueAt - at);
  }

  /** The page is for the user once, and `online` ends: in continuous mode by its threshold, as with any failure (rule 127). */
  private atPortal(check: FamilyCheck, { url, login }: CheckOutcome & { kind: 'portal' }, at: Instant): FamilyCheck {
    const { serviceId, family, portalUrl, portalSince = at } = check;
    if (!isSamePortal(portalUrl, url))
      this.effects.push({ kind: 'portal', serviceId, family, url, ...(login && { login }) });
    const found = { ...check, portalUrl: url, portalSince };
    if (!check.online || this.settings.mode === 'continuous') return found;
    this.effects.push({ kind: 'offline', serviceId, family, failed: false });
    return { ...found, online: false, ...this.fresh() };
  }

  private wait(index: number, at: Instant): { dueAt: Instant } {
    return { dueAt: after(at, intervalSeconds(index, this.settings.intervals.style) * 1000) };
  }

  private report({ serviceId, family }: FamilyCheck, reason: string, retryMs: number): void {
    this.effects.push({ kind: 'check-failed', serviceId, family, reason, retryMs });
  }

  private put(check: FamilyCheck): void {
    this.checks.set(keyOf(check.serviceId, check.family), check);
  }

  private familiesOf(serviceId: string): FamilyCheck[] {
    return [...this.checks.values()].filter((check) => check.serviceId === serviceId);
  }

  /** Sends what is due. The timer that said so is spent, whether or not anything was. */
  timer(at: Instant): void {
    this.armedAt = undefined;
    for (const check of this.before.checks.values()) {
      const next = nextOf(check);
      if (next === undefined || next > at) continue;
      const isChanged = check.anotherAt !== undefined && check.anotherAt <= at;
      this.send(isChanged ? { ...check, ...this.fresh(), changedAt: at } : check);
    }
  }

  finish(): Step<OnlineState, OnlineEffect> {
    let next: Instant | undefined;
    for (const check of this.checks.values()) {
      const due = nextOf(check);
      if (due !== undefined && (next === undefined || due < next)) next = due;
    }
    const timerAt = next === undefined ? {} : { timerAt: next };
    if (next !== this.armedAt) this.effects.push({ kind: 'timer', ...(next === undefined ? {} : { at: next }) });
    const { checks, failedServices, lastCheckId } = this;
    return { state: { checks, failedServices, lastCheckId, ...timerAt }, effects: this.effects };
  }
}

/** When the family's next check goes out. */
function nextOf({ dueAt, revisitAt, anotherAt }: FamilyCheck): Instant | undefined {
  return earliest(dueAt, revisitAt, anotherAt);
}

function earliest(...moments: readonly (Instant | undefined)[]): Instant | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : (Math.min(...known) as Instant);
}

function keyOf(serviceId: string, family: Family): string {
  return `${serviceId}/${family}`;
}

/** A portal may name its page otherwise each time: with the time in the query, for one. */
function isSamePortal(known: string | undefined, found: string): boolean {
  return known === found || (known !== undefined && new URL(known).origin === new URL(found).origin);
}

function isSamePath(a: CheckPath, b: CheckPath): boolean {
  return (
    a.interfaceName === b.interfaceName &&
    a.localAddress === b.localAddress &&
    a.tls === b.tls &&
    a.portalApi === b.portalApi &&
    isSameProxy(a.proxy, b.proxy) &&
    isSameList(a.nameservers, b.nameservers) &&
    isSameList(a.rivals ?? [], b.rivals ?? [])
  );
}

function isSameProxy(a?: ProxyConfig, b?: ProxyConfig): boolean {
  if (a === undefined || b === undefined) return a === b;
  const isSame = a.method === b.method && a.url === b.url;
  return isSame && isSameList(a.servers, b.servers) && isSameList(a.excludes, b.excludes);
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
