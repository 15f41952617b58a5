/** vpnc: Cisco's IPsec with group secret and Xauth, through the program vpnc, which gets its configuration on standard input. */
import { err, ok } from '@connman/base';
import type { ProcessExit } from '@connman/ports';
import type { TunnelFailure } from '../../connection/tunnel';
import type { InputField, VpnDriver } from '../../driver';
import { type ScriptedKind, ScriptedTunnel } from '../shared/scripted-tunnel';
import type { DriverTools } from '../shared/tools';
import { vpncArguments, vpncConfiguration } from './configuration';

const program = 'vpnc';
const secretKeys = new Set(['VPNC.IPSec.Secret', 'VPNC.Xauth.Password']);

const fields: readonly InputField[] = [
  { name: 'VPNC.IPSec.Secret', type: 'password', requirement: 'mandatory' },
  { name: 'VPNC.Xauth.Username', type: 'string', requirement: 'mandatory' },
  { name: 'VPNC.Xauth.Password', type: 'password', requirement: 'mandatory' },
];

const vpnc: ScriptedKind = {
  type: 'vpnc',
  // The gateway knows the session by the address it began from.
  whenMoved: 'restart',
  async prepare({ callback }, attempt) {
    const values = await attempt.ask(fields);
    const { settings, host, interfaceName } = attempt;
    return {
      program,
      input: vpncConfiguration(settings, host, values),
      args: vpncArguments(settings, interfaceName, callback),
    };
  },
  failure: endOf,
};

export function vpncDriver(tools: DriverTools): VpnDriver {
  return {
    type: 'vpnc',
    title: 'VPNC',
    linkPrefix: 'vpn',
    authErrorLimit: 1,
    stores: (key) => key.startsWith('VPNC.') && !secretKeys.has(key),
    isSecret: (key) => secretKeys.has(key),
    available: () =>
      tools.processes.find(program) === undefined
        ? err('VPNC needs the program vpnc; install it (Debian: apt install vpnc)')
        : ok(undefined),
    check(settings, host) {
      if (!/^\S+$/.test(host)) return 'Host, the name or address of the IPsec gateway, is empty';
      return settings.get('VPNC.IPSec.ID') ? undefined : 'VPNC.IPSec.ID, the name of the group, is missing';
    },
    connect: (attempt) => ScriptedTunnel.start(tools, attempt, vpnc),
    resume: (attempt, record) => ScriptedTunnel.resume(tools, attempt, vpnc, record),
  };
}

/** Contract, "vpnc": 1 is a connection that failed, 2 a login. */
function endOf(exit: ProcessExit): TunnelFailure {
  if (exit.kind === 'not-started') return { kind: 'connect', reason: exit.error.message };
  if (exit.kind === 'code' && exit.code === 2)
    return { kind: 'auth', reason: 'the gateway refused the group secret, or the user name and password' };
  const how = exit.kind === 'code' ? ` with status ${exit.code}` : exit.kind === 'signal' ? ` by ${exit.signal}` : '';
  return { kind: 'connect', reason: `vpnc ended${how}; its messages are in the log` };
}
