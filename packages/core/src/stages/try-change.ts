/**
 * A change that is kept if it proves itself, and taken back if it does not (`connmanctl try`).
 *
 * What is in force is written first, then the change is in force without being written, and only what has proved itself is: at
 * no moment does a daemon that is killed leave a change behind that its successor would take for the user's word.
 */
import { after } from '@connman/base';
import { usedOf } from '../model/ipconfig/dhcp-state';
import { heldLease } from '../model/ipconfig/kept-lease';
import { isConnected, linkOf, type Service } from '../model/service/service';
import type { ServiceSettings } from '../model/service/settings';
import {
  evidenceOf,
  faultsOf,
  isProven,
  type Probe,
  type Proof,
  type Target,
  type Trial,
  type TrialRequest,
  withoutTrial,
} from '../model/trial/trial';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';
import { pathOf } from './check-path';
import { putInForce, refusalOf, settingsOf } from './configure-service';
import { connect } from './lifecycle';

/** An attempt may take so long, and the next one follows so much later. */
const probeMs = 2_000;
const retryMs = 1_000;

export function tryChange(turn: Turn, service: Service, request: TrialRequest, operation: number): void {
  const { world } = turn;
  const { settings: calls, seconds } = request;
  if (world.trial) return refuse(turn, operation, 'InProgress', `a change of ${world.trial.service} is being tried`);
  if (world.proposals.has(service.id)) return refuse(turn, operation, 'InProgress', 'settings are being stored');
  for (const setting of calls) {
    const error = refusalOf(service, setting);
    if (error) return refuse(turn, operation, error);
  }
  const proofs: readonly Proof[] = request.proofs.length > 0 ? request.proofs : [{ kind: 'online' }];
  if (request.proofs.length === 0 && service.state !== 'online') {
    return refuse(turn, operation, 'InvalidArguments', `${service.id} is not online; name a host that must respond`);
  }
  if (request.needed > proofs.length) {
    return refuse(turn, operation, 'InvalidArguments', `${request.needed} of ${proofs.length} proofs cannot succeed`);
  }
  let settings: Partial<ServiceSettings> = {};
  for (const setting of calls) settings = { ...settings, ...settingsOf(turn, service, setting) };
  world.trial = {
    service: service.id,
    operation,
    phase: 'storing',
    ...{ settings, calls, seconds },
    former: service.settings,
    formerDhcp4: service.connection?.dhcp4 ?? {},
    wasConnected: service.connection !== undefined,
    evidence: proofs.map((proof) => evidenceOf(proof, service, settings, world.now)),
    needed: request.needed || proofs.length,
    endsAt: after(world.now, seconds * 1000),
  };
  turn.emit({ kind: 'propose-service', service: turn.asStored(service) });
}

function refuse(
  turn: Turn,
  operation: number,
  error: 'InProgress' | 'InvalidArguments' | NonNullable<ReturnType<typeof refusalOf>>,
  reason?: string,
): void {
  turn.reply([operation], { ok: false, error, ...(reason !== undefined && { reason }) });
}

/** What was in force is written, or what has proved itself is; `fault`: it could not be. */
export function settleTrial(turn: Turn, id: string, fault: string | undefined): void {
  const { world } = turn;
  const { trial } = world;
  if (trial?.service !== id) return;
  const service = world.services.get(id);
  if (trial.phase === 'storing') {
    if (fault !== undefined) return end(turn, trial, `Not saved, so nothing was changed: ${fault}`);
    if (!service) return end(turn, trial, 'The service went before anything was changed');
    world.trial = { ...trial, phase: 'tried' };
    putInForce(turn, service, trial.settings, trial.calls);
    turn.log('info', `${id}: trying ${changeInWords(trial)} for ${trial.seconds} s`);
  } else if (trial.phase === 'keeping') {
    if (fault !== undefined) return takeBack(turn, trial, `it could not be saved: ${fault}`);
    world.trial = undefined;
    turn.log('info', `${id}: ${changeInWords(trial)} proved itself and is kept`);
    turn.reply([trial.operation], { ok: true });
  }
}

/** Stage: the time of a change that did not prove itself is over. */
export function endTrial(turn: Turn): void {
  const { trial, now, services } = turn.world;
  if (trial?.phase !== 'tried') return;
  if (services.get(trial.service)?.settings.provision) {
    end(turn, trial, 'A configuration file sets the service now; the change is not kept');
  } else if (trial.endsAt <= now) {
    takeBack(turn, trial, `not proven within ${trial.seconds} s: ${faultsOf(trial)}`);
  }
}

/** Stage: what is to be seen is looked for once the change is in force; the change is kept when enough was seen. */
export function proveChange(turn: Turn): void {
  const { world } = turn;
  const { trial } = world;
  if (trial?.phase !== 'tried') return;
  const service = world.services.get(trial.service);
  if (!service) return;
  if (isProven(trial)) {
    cancelProbes(turn, trial);
    world.trial = { ...trial, phase: 'keeping' };
    return turn.emit({ kind: 'propose-service', service });
  }
  const evidence = trial.evidence.map((one) => ({
    ...one,
    probes: one.probes.map((probe) => sent(turn, service, probe)),
  }));
  world.trial = { ...trial, evidence };
}

export function trialDeadlines({ trial }: World): Moments {
  if (trial?.phase !== 'tried') return [];
  const waiting = trial.evidence.flatMap(({ probes }) => probes.filter(isWaiting));
  return [trial.endsAt, ...waiting.map(({ dueAt }) => dueAt)];
}

function isWaiting({ isSeen, checkId }: Probe): boolean {
  return !isSeen && checkId === undefined;
}

/** The probe with its next attempt out, if that is due and what it goes by is there. */
function sent(turn: Turn, service: Service, probe: Probe): Probe {
  const { world } = turn;
  const { target } = probe;
  if (!isWaiting(probe) || probe.dueAt > world.now) return probe;
  const family = target.kind === 'online' ? target.family : undefined;
  const state = family === undefined ? service.state : service.families[family].state;
  if (!isConnected(state)) return { ...probe, fault: `${service.id} did not become ready (${state})` };
  // Numbered as the checks of uplinks are.
  const checkId = --world.lastUplinkCheck;
  emitCheck(turn, service, target, checkId);
  return { ...probe, checkId };
}

function emitCheck(turn: Turn, service: Service, target: Target, checkId: number): void {
  const { config, observed } = turn.world;
  const path = pathOf(turn.world, service);
  if (target.kind === 'host') {
    const { address, port } = target;
    const interfaceName = observed.links.get(linkOf(service) ?? 0)?.name ?? '';
    return turn.emit({ kind: 'host-check', request: { checkId, address, port, interfaceName, timeoutMs: probeMs } });
  }
  const { family } = target;
  const url = family === 4 ? config.online.ipv4Url : config.online.ipv6Url;
  turn.emit({ kind: 'online-check', request: { checkId, family, url, ...path, timeoutMs: probeMs } });
}

/** The answer to an attempt; false if it is none. `fault` is undefined where it succeeded. */
export function absorbProbe({ world }: Turn, checkId: number, fault: string | undefined): boolean {
  const { trial, now } = world;
  if (!trial?.evidence.some(({ probes }) => probes.some((probe) => probe.checkId === checkId))) return false;
  const evidence = trial.evidence.map((one) => ({
    ...one,
    probes: one.probes.map((probe) =>
      probe.checkId === checkId ? answered(probe, fault, after(now, retryMs)) : probe,
    ),
  }));
  world.trial = { ...trial, evidence };
  return true;
}

function answered({ checkId: _, ...probe }: Probe, fault: string | undefined, dueAt: Probe['dueAt']): Probe {
  return fault === undefined ? { ...probe, isSeen: true } : { ...probe, fault, dueAt };
}

/** As it was before: settings, lease, and a connection if there was one. */
function takeBack(turn: Turn, trial: Trial, why: string): void {
  const { services, storedServices } = turn.world;
  const service = services.get(trial.service);
  const stored = storedServices.get(trial.service);
  const phrase = `${changeInWords(trial)} is taken back: ${why}`;
  turn.log('warning', `${trial.service}: ${phrase}`);
  end(turn, trial, `${phrase}. The settings of before are in force`);
  if (!service) {
    if (stored) storedServices.set(trial.service, withoutTrial(stored, trial));
    return;
  }
  const { retryAt: _, retriesAsUser: __, ...rest } = service;
  const back = { ...rest, settings: withoutTrial(service.settings, trial), error: '', failures: 0 } as const;
  putInForce(turn, back, {}, trial.calls);
  const restored = services.get(trial.service);
  if (!restored) return;
  if (restored.connection) turn.put(withFormerLease(turn.world, restored, trial));
  else if (trial.wasConnected && !restored.ignore) connect(turn, restored, 'user', []);
}

/** The lease of before was not given back; it is used until the server has confirmed it, as after a restart. */
function withFormerLease(world: World, service: Service, { calls, formerDhcp4 }: Trial): Service {
  const { connection } = service;
  const used = usedOf(formerDhcp4);
  const isOther = calls.some(({ name }) => name === 'IPv4.Configuration');
  if (!connection || !used || !isOther || !heldLease(world.leases.get(service.id), world.now)) return service;
  const { lease } = formerDhcp4;
  return {
    ...service,
    connection: { ...connection, dhcp4: { adopted: { ...used, source: 'adopted' }, ...(lease && { lease }) } },
  };
}

function end(turn: Turn, trial: Trial, text: string): void {
  cancelProbes(turn, trial);
  turn.world.trial = undefined;
  turn.reply([trial.operation], { ok: false, error: 'Failed', text });
}

function cancelProbes(turn: Turn, { evidence }: Trial): void {
  for (const { target, checkId } of evidence.flatMap(({ probes }) => probes)) {
    if (checkId !== undefined && target.kind === 'online') turn.emit({ kind: 'online-cancel', checkId });
  }
}

function changeInWords({ calls }: Trial): string {
  return calls.map(({ name }) => name).join(', ');
}
