/** Asking the user what joining a network takes, and what the answer does (ConnMan rules 59 to 63). */
import { agentErrors, type NetworkSecurity } from '@connman/contracts';
import type { AgentOutcome } from '../model/agent/agent-registry';
import type { AgentInput, AskedField } from '../model/agent/ask';
import type { Network } from '../model/network/network';
import { missingFields, usualEap } from '../model/service/access';
import type { Connection } from '../model/service/connection';
import type { Service } from '../model/service/service';
import type { AccessSettings } from '../model/service/settings';
import { kindOf } from '../model/technology/kinds';
import type { Turn } from '../turn';
import { fail } from './lifecycle';

/** The user did not want to answer, or does not want the peer. */
const refusals: ReadonlySet<string> = new Set([agentErrors.canceled, agentErrors.rejected]);

/** The connection waits for the answer. */
export function askUser(
  turn: Turn,
  service: Service,
  connection: Connection,
  fields: readonly AskedField[],
  security?: NetworkSecurity,
): void {
  const { attemptAt: _, ...rest } = connection;
  turn.put({ ...service, connection: { ...rest, asking: true } });
  const ask = { member: 'RequestInput', service: service.id, fields, ...(security && { security }) } as const;
  turn.ask(ask, connection.caller);
}

export function absorbInput(turn: Turn, service: Service, outcome: AgentOutcome): void {
  const { connection } = service;
  if (!connection?.asking) return;
  const { asking: _, ...rest } = connection;
  switch (outcome.kind) {
    case 'reply':
      if (!outcome.input) giveUp(turn, service, 'InvalidArguments');
      else if (outcome.input.unfit)
        fail(turn, service, 'invalid-key', 'the passphrase given cannot be one of this network');
      else resume(turn, service, rest, outcome.input);
      return;
    case 'error':
      return giveUp(turn, service, refusals.has(outcome.name) ? 'OperationAborted' : 'OperationTimeout');
    case 'no-agent':
      return giveUp(turn, service, 'NotRegistered');
    case 'cancelled':
      return giveUp(turn, service, 'OperationAborted');
    case 'timeout':
    case 'agent-gone':
      return giveUp(turn, service, 'OperationTimeout');
  }
}

function resume(turn: Turn, service: Service, connection: Connection, input: AgentInput): void {
  // An attempt under way waits for the answer itself (a one-time password); else the next one is made with it.
  if (connection.attempt !== 0) return answerAttempt(turn, service, connection, input);
  const { wps } = input;
  const access = withInput(service.settings.access ?? {}, input);
  const network = turn.world.networks.get(connection.network);
  if (!wps && network && missingFields(network, access).length > 0)
    return giveUp(turn, { ...service, connection }, 'InvalidArguments');
  turn.put({
    ...service,
    error: '',
    settings: { ...service.settings, access },
    connection: { ...connection, ...(wps && { wps }), ...soughtBy(network, access), since: turn.world.now },
  });
}

/** A network that hides its name is to be found by the name that the user gave. */
function soughtBy(network: Network | undefined, { ssid }: AccessSettings): Pick<Connection, 'seeks'> {
  const { wifi } = network ?? {};
  if (wifi?.ssid !== '' || !ssid) return {};
  return { seeks: { ssid, security: wifi.security, frequency: wifi.frequency } };
}

function answerAttempt(turn: Turn, service: Service, connection: Connection, { passphrase, others }: AgentInput): void {
  const { world } = turn;
  const { network, attempt } = connection;
  const device = world.networks.get(network)?.device;
  const driver = device && world.devices.get(device)?.driver;
  const values = (passphrase || others) && { ...others, ...(passphrase && { Passphrase: passphrase }) };
  if (driver) {
    const command = { kind: 'answer-input', network, attempt, ...(values && { values }) } as const;
    turn.emit({ kind: 'technology', driver, command });
  }
  turn.put({ ...service, connection: { ...connection, attemptAt: world.now } });
}

function withInput(access: AccessSettings, { passphrase, identity, name, ssid: bytes }: AgentInput): AccessSettings {
  const eap = access.eap ?? (identity === undefined ? undefined : usualEap);
  const ssid = bytes ?? (name && Buffer.from(name).toString('hex'));
  return {
    ...access,
    ...(ssid && { ssid }),
    ...(passphrase && { passphrase }),
    ...(eap && {
      eap: { ...eap, ...(identity !== undefined && { identity }), ...(passphrase && { password: passphrase }) },
    }),
  };
}

/** Without an answer the service is where it was before it was asked for. */
function giveUp(
  turn: Turn,
  service: Service,
  error: 'OperationAborted' | 'NotRegistered' | 'OperationTimeout' | 'InvalidArguments',
): void {
  const { connection, ...rest } = service;
  if (!connection) return;
  turn.reply(connection.waiting, { ok: false, error });
  turn.put({ ...rest, error: '' });
  if (!kindOf(service.type).isPeer) return;
  // It may be waiting for the answer.
  const driver = turn.world.devices.get(connection.device)?.driver;
  if (driver === undefined) return;
  turn.emit({ kind: 'technology', driver, command: { kind: 'dissociate', network: connection.network } });
}
