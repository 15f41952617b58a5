/**
 * Stage: a machine without a way out becomes an access point with a page on which a Wi-Fi network is chosen for it (OnboardingAfter).
 * The access point is a sharing like any other, and the network is joined as any other: what is here decides when.
 */
import { after } from '@connman/base';
import type { TechnologyType } from '@connman/contracts';
import { type HeardNetwork, heard, type OnboardingAttempt } from '../model/onboarding/onboarding';
import { isConnecting, type Service, type ServiceError } from '../model/service/service';
import { kindOf } from '../model/technology/kinds';
import { gatewayOf } from '../model/tethering/network';
import type { Moments, Turn } from '../turn';
import type { World } from '../world';
import { serviceHeardAs, withTold } from './join-told-network';
import { connect, disconnect } from './lifecycle';
import { sharedGateways } from './route-clients';
import { isOneSought } from './scan';
import { beginSharing, canShare, endSharing, firstUplink, isAccessPoint } from './tether';

/** From the form until there is an address. */
const attemptMs = 45_000;
/** Between two looks for networks that are known, by a machine with one radio and no one at its access point. */
const openMs = 300_000;
/** A pass over all frequencies, and a connection to what was found. */
const lookMs = 20_000;
/** While something is under way what other stages make of it is looked at this often. */
const lookAgainMs = 500;

const texts: Partial<Record<ServiceError, string>> = {
  'invalid-key': 'The passphrase is wrong.',
  'dhcp-failed': 'The network gave no address.',
  'out-of-range': 'The network is out of range.',
  blocked: 'The network does not let this device in.',
};

export function onboard(turn: Turn): void {
  const { world } = turn;
  const { onboarding, config, now } = world;
  if (!config.onboarding && onboarding.phase === 'off') return;
  const type = accessPointType(world);
  const isOut = firstUplink(world) !== undefined;
  onboarding.aloneSince = isOut ? undefined : (onboarding.aloneSince ?? now);
  if (type === undefined || !config.onboarding) return close(turn, type, 'as it is switched off');
  if (isOut && onboarding.phase !== 'off') return close(turn, type, 'as the machine is connected');
  hear(world, type, config.onboarding.ssid);
  switch (onboarding.phase) {
    case 'off':
      if (isDue(world)) open(turn, type);
      break;
    case 'open':
      followOpen(turn, type);
      break;
    case 'joining':
      followAttempt(turn, type);
      break;
    case 'looking':
      if (now >= (onboarding.until ?? now) && !isOneConnecting(world, type)) open(turn, type);
  }
  showPage(turn);
}

/** The technology whose radios become access points, where one is on. */
function accessPointType({ technologies }: World): TechnologyType | undefined {
  for (const { type, wanted } of technologies.values())
    if (wanted && kindOf(type).sharesAs === 'access-point') return type;
  return undefined;
}

function isDue({ onboarding: { aloneSince }, config, now }: World): boolean {
  return (
    aloneSince !== undefined && config.onboarding !== undefined && now >= after(aloneSince, config.onboarding.afterMs)
  );
}

function open(turn: Turn, type: TechnologyType): void {
  const { world } = turn;
  const { onboarding, config, tethering } = world;
  // The user's own access point leaves the radio no other.
  if (!config.onboarding || tethering.sharings.has(type) || !canShare(world, type)) return;
  const { ssid, passphrase, afterMs } = config.onboarding;
  onboarding.phase = 'open';
  onboarding.until = after(world.now, openMs);
  const how = passphrase ? '' : ', open to anyone';
  const name = JSON.stringify(Buffer.from(ssid, 'hex').toString());
  turn.log('info', `${type}: no way out for ${afterMs / 1000} s; access point ${name} for onboarding${how}`);
  beginSharing(turn, type, { access: { ssid, ...(passphrase && { passphrase }) } });
}

function close(turn: Turn, type: TechnologyType | undefined, why: string): void {
  const { onboarding, tethering, now } = turn.world;
  if (onboarding.phase === 'off') return;
  if (type !== undefined && tethering.sharings.get(type)?.access) endSharing(turn, type, why);
  Object.assign(onboarding, { phase: 'off', until: undefined, attempt: undefined, failure: '' });
  if (onboarding.aloneSince !== undefined) onboarding.aloneSince = now;
  showPage(turn);
}

function followOpen(turn: Turn, type: TechnologyType): void {
  const { world } = turn;
  const { onboarding, tethering, now } = world;
  // It failed, or the user ended it: the time runs again.
  if (!tethering.sharings.get(type)?.access) return close(turn, type, '');
  if (now < (onboarding.until ?? now)) return;
  const isVisited = [...tethering.stations.values()].some(({ length }) => length > 0) || tethering.clients.length > 0;
  onboarding.until = after(now, openMs);
  const isWorthIt = isOneSought(world, type) || onboarding.networks.length === 0;
  if (isVisited || hasFreeRadio(world, type) || !isWorthIt) return;
  onboarding.phase = 'looking';
  onboarding.until = after(now, lookMs);
  endSharing(turn, type, 'to look for known networks');
}

const hasFreeRadio = (world: World, type: TechnologyType): boolean =>
  world.devices.byType.of(type).some(({ id, powered, can }) => powered && can.scan && !isAccessPoint(world, id));

const isOneConnecting = ({ services }: World, type: TechnologyType): boolean =>
  services.byPhase.of('joining').some((one) => one.type === type && one.networks.length > 0) ||
  services.byPhase.of('joined').some((one) => one.type === type && isConnecting(one.state));

/** What the page's user chose (Intent `onboard`). */
export function joinFromPage(
  turn: Turn,
  operation: number,
  { ssid, passphrase }: Pick<OnboardingAttempt, 'ssid' | 'passphrase'>,
): void {
  const { world } = turn;
  const { onboarding } = world;
  const type = accessPointType(world);
  if (onboarding.phase !== 'open' || type === undefined)
    return turn.reply([operation], { ok: false, error: 'InProgress' });
  onboarding.phase = 'joining';
  onboarding.failure = '';
  onboarding.attempt = { ssid, ...(passphrase && { passphrase }), until: after(world.now, attemptMs) };
  if (!hasFreeRadio(world, type)) endSharing(turn, type, 'for as long as a network is tried');
  turn.reply([operation], { ok: true });
}

function followAttempt(turn: Turn, type: TechnologyType): void {
  const { world } = turn;
  const { onboarding, now } = world;
  const { attempt } = onboarding;
  if (!attempt) return open(turn, type);
  const service = attempt.service === undefined ? undefined : world.services.get(attempt.service);
  if (attempt.service === undefined) {
    const found = serviceHeardAs(world, attempt.ssid, attempt.passphrase !== undefined);
    if (found && !found.connection) return begin(turn, attempt, found);
  } else if (!service?.connection) {
    return failAttempt(turn, type, service, texts[service?.error ?? ''] ?? 'The network could not be joined.');
  }
  if (now < attempt.until) return;
  const reason = service ? 'The network did not respond in time.' : 'No such network is in range.';
  failAttempt(turn, type, service, reason);
}

function begin(turn: Turn, attempt: OnboardingAttempt, service: Service): void {
  const told = withTold(service, attempt.ssid, attempt.passphrase);
  turn.world.onboarding.attempt = { ...attempt, service: service.id, before: service.settings };
  turn.put({ ...told, ignore: false, failures: 0 });
  // No agent is asked: who knows the passphrase sits in front of the page.
  connect(turn, { ...told, ignore: false, failures: 0 }, 'auto', []);
}

/** The settings of before come back, and the access point where it had to go. */
function failAttempt(turn: Turn, type: TechnologyType, service: Service | undefined, reason: string): void {
  const { onboarding, tethering } = turn.world;
  const { before } = onboarding.attempt ?? {};
  if (service) {
    const left = disconnect(turn, service, 'as it could not be joined');
    turn.put({ ...left, ...(before && { settings: before }) });
  }
  onboarding.attempt = undefined;
  onboarding.failure = reason;
  onboarding.phase = 'open';
  onboarding.until = after(turn.world.now, openMs);
  turn.log('info', `${type}: onboarding: ${reason}`);
  if (!tethering.sharings.has(type)) open(turn, type);
}

/** A radio that is an access point hears no networks: what it heard before is kept. */
function hear({ networks, onboarding }: World, type: TechnologyType, own: string): void {
  const found: HeardNetwork[] = [];
  for (const { wifi, strength = 0, type: of } of networks.values()) {
    if (of !== type || !wifi || wifi.ssid === own || wifi.ssid === '') continue;
    if (wifi.security === 'psk' || wifi.security === 'none')
      found.push({ ssid: wifi.ssid, security: wifi.security, strength });
  }
  if (found.length > 0) onboarding.networks = heard(found);
}

function showPage(turn: Turn): void {
  const { world } = turn;
  const { onboarding, handedOut, tethering } = world;
  const isOn = [...tethering.sharings.values()].some(({ access, phase }) => access && phase === 'on');
  const gateways = isOn ? sharedGateways(world) : [];
  const own = tethering.network && gatewayOf(tethering.network).address;
  const address = gateways.some((one) => one.address === own) ? own : undefined;
  const { networks, attempt, failure } = onboarding;
  const view = address && { address, networks, failure, ...(attempt && { joining: attempt.ssid }) };
  const text = view && JSON.stringify(view);
  if (handedOut.get('portal') === text) return;
  if (text === undefined) handedOut.delete('portal');
  else handedOut.set('portal', text);
  turn.emit({ kind: 'portal', ...(view && { view }) });
}

export function onboardDeadlines({ onboarding, config, services, now }: World): Moments {
  if (!config.onboarding) return [];
  const { phase, aloneSince, until, attempt } = onboarding;
  const isOut = services.connected.names().some((type) => !kindOf(type).isTunnel && !kindOf(type).isPeer);
  // Other stages come to it later in a turn: another turn sees what they made.
  const again = phase === 'joining' || (phase !== 'off' && isOut) || (aloneSince === undefined) !== isOut;
  const due = phase === 'off' && aloneSince !== undefined ? after(aloneSince, config.onboarding.afterMs) : undefined;
  return [due, until, attempt?.until, again ? after(now, lookAgainMs) : undefined];
}
