/**
 * A change of a service's settings that is in force and has not proved itself yet. What is stored is what was in force before, so
 * that a daemon that ends meanwhile starts with that again (ADR 25).
 */
import type { Instant } from '@connman/base';
import type { Family, IpAddress } from '@connman/inet';
import type { Dhcp4State } from '../ipconfig/dhcp-state';
import type { CheckOutcome } from '../online/online-machine';
import { families, type Service } from '../service/service';
import type { ServiceSetting } from '../service/setting';
import type { ServiceSettings } from '../service/settings';

/** What is to be seen before the change is kept. */
export type Proof =
  /** The online check succeeds over each family over which it did before, and which is not switched off by the change. */
  | { readonly kind: 'online' }
  /** A TCP port of the host accepts or refuses a connection, by the service's own link. */
  | { readonly kind: 'host'; readonly address: IpAddress; readonly port: number };

export type Target =
  | { readonly kind: 'online'; readonly family: Family }
  | { readonly kind: 'host'; readonly address: IpAddress; readonly port: number };

/** One attempt after the other to see one thing, until it is seen. */
export interface Probe {
  readonly target: Target;
  readonly isSeen: boolean;
  /** The attempt that is out. */
  readonly checkId?: number;
  readonly dueAt: Instant;
  /** Why the last attempt has failed. */
  readonly fault: string;
}

/** A proof under way: so many of its probes are to succeed. */
export interface Evidence {
  readonly probes: readonly Probe[];
  readonly enough: number;
}

/** What a client asks to be tried. */
export interface TrialRequest {
  readonly settings: readonly ServiceSetting[];
  /** Empty: that the service is online, as it is now. */
  readonly proofs: readonly Proof[];
  /** So many of the proofs are enough; 0 for all. */
  readonly needed: number;
  readonly seconds: number;
}

/** One attempt to reach a host. */
export interface HostCheck {
  readonly checkId: number;
  readonly address: IpAddress;
  readonly port: number;
  readonly interfaceName: string;
  readonly timeoutMs: number;
}

export interface Trial {
  readonly service: string;
  /** The call that waits for the outcome. */
  readonly operation: number;
  /**
   * `storing`: what to go back to is being written, and nothing has changed; `tried`: in force; `keeping`: proven, and being
   * written.
   */
  readonly phase: 'storing' | 'tried' | 'keeping';
  readonly settings: Partial<ServiceSettings>;
  readonly calls: readonly ServiceSetting[];
  readonly former: ServiceSettings;
  /** The lease of before is kept, and used again. */
  readonly formerDhcp4: Dhcp4State;
  readonly wasConnected: boolean;
  readonly evidence: readonly Evidence[];
  /** So many of them are enough. */
  readonly needed: number;
  readonly seconds: number;
  readonly endsAt: Instant;
}

export function evidenceOf(proof: Proof, service: Service, settings: Partial<ServiceSettings>, now: Instant): Evidence {
  const probe = (target: Target): Probe => ({ target, isSeen: false, dueAt: now, fault: 'not tried' });
  if (proof.kind === 'host') return { probes: [probe(proof)], enough: 1 };
  const { ipv4, ipv6 } = { ...service.settings, ...settings };
  const used = families.filter((family) => (family === 4 ? ipv4 : ipv6).method !== 'off');
  const before = used.filter((family) => service.connection?.online[family]);
  // Where none was online, or none of those is left, one that is will do.
  const [wanted, enough] = before.length > 0 ? [before, before.length] : [used, 1];
  return { probes: wanted.map((family) => probe({ kind: 'online', family })), enough };
}

/** Settings as they are stored while the change is tried, and as they are when it is taken back. */
export function withoutTrial(settings: ServiceSettings, { former, settings: tried }: Trial): ServiceSettings {
  const back: Partial<Record<keyof ServiceSettings, unknown>> = { ...settings };
  for (const key of Object.keys(tried) as (keyof ServiceSettings)[]) {
    if (former[key] === undefined) delete back[key];
    else back[key] = former[key];
  }
  return back as ServiceSettings;
}

export function isProven({ evidence, needed }: Trial): boolean {
  return evidence.filter(isSeen).length >= needed;
}

/** What was not seen, and why. */
export function faultsOf({ evidence }: Trial): string {
  const missing = evidence.filter((one) => !isSeen(one)).flatMap(({ probes }) => probes.filter((one) => !one.isSeen));
  return missing.map(({ target, fault }) => `${targetInWords(target)}: ${fault}`).join('; ');
}

function isSeen({ probes, enough }: Evidence): boolean {
  return probes.filter((one) => one.isSeen).length >= enough;
}

/** Why an online check did not succeed; undefined if it did. */
export function faultOf(outcome: CheckOutcome): string | undefined {
  if (outcome.kind === 'online') return undefined;
  return outcome.kind === 'portal' ? `a portal answers: ${outcome.url}` : outcome.reason;
}

function targetInWords(target: Target): string {
  if (target.kind === 'online') return `online check over IPv${target.family}`;
  return `${target.address} port ${target.port}`;
}
