/** OpenConnect: AnyConnect, ocserv, GlobalProtect, Juniper, Pulse, Fortinet and F5, through the program openconnect. */
import { err, ok, Secret } from '@connman/base';
import type { ProcessExit } from '@connman/ports';
import type { TunnelFailure } from '../../connection/tunnel';
import { AgentRefusal, type Attempt, type VpnDriver } from '../../driver';
import { type ScriptedKind, ScriptedTunnel } from '../shared/scripted-tunnel';
import type { DriverTools } from '../shared/tools';
import { commonArguments, loginArguments } from './arguments';
import { Login, passwordFields, type Session } from './login';

const program = 'openconnect';
const secretKeys = new Set([
  'OpenConnect.Cookie',
  'OpenConnect.Password',
  'OpenConnect.SecondPassword',
  'OpenConnect.PKCSPassword',
]);

const openconnect: ScriptedKind = {
  type: 'openconnect',
  whenMoved: 'SIGUSR2',
  async prepare(tools, attempt, signal) {
    const session = await sessionFor(tools, attempt, signal);
    const { cookie, keyPassphrase } = session;
    return {
      program,
      input: [cookie, ...(keyPassphrase ? [keyPassphrase] : [])].map((line) => `${line.reveal()}\n`).join(''),
      args: [
        '--cookie-on-stdin',
        // All that it may ask is the passphrase, the second line of its input.
        ...(keyPassphrase ? [] : ['--non-inter']),
        ...['--interface', attempt.interfaceName, '--script', tools.callback],
        ...commonArguments(attempt.settings),
        ...(session.fingerprint === '' ? [] : ['--servercert', session.fingerprint]),
        ...(session.resolve === '' ? [] : ['--resolve', session.resolve]),
        session.host,
      ],
    };
  },
  failure: endOf,
};

export function openConnectDriver(tools: DriverTools): VpnDriver {
  return {
    type: 'openconnect',
    title: 'OpenConnect',
    linkPrefix: 'vpn',
    authErrorLimit: 1,
    stores: (key) => (key.startsWith('OpenConnect.') || key === 'VPN.MTU') && !secretKeys.has(key),
    isSecret: (key) => secretKeys.has(key),
    available: () =>
      tools.processes.find(program) === undefined
        ? err('OpenConnect needs the program openconnect; install it (Debian: apt install openconnect)')
        : ok(undefined),
    check: (_settings, host) => (host === '' ? 'Host, the address or name of the VPN server, is empty' : undefined),
    connect: (attempt) => ScriptedTunnel.start(tools, attempt, openconnect),
    resume: (attempt, record) => ScriptedTunnel.resume(tools, attempt, openconnect, record),
  };
}

/** A cookie that is known, or that the agent has, needs no login. */
function sessionFor(tools: DriverTools, attempt: Attempt, signal: AbortSignal): Promise<Session> {
  const { settings, host } = attempt;
  const server = settings.get('OpenConnect.VPNHost') || host;
  const byCookie = (settings.get('OpenConnect.AuthType') ?? 'cookie') === 'cookie';
  return byCookie || settings.has('OpenConnect.Cookie')
    ? knownSession(attempt, server)
    : logIn(tools, attempt, server, signal);
}

async function knownSession(attempt: Attempt, server: string): Promise<Session> {
  const values = await attempt.ask([
    { name: 'OpenConnect.Cookie', type: 'string', requirement: 'mandatory' },
    { name: 'OpenConnect.ServerCert', type: 'string', requirement: 'optional' },
    { name: 'OpenConnect.VPNHost', type: 'string', requirement: 'optional' },
  ]);
  const text = (name: string) => values.get(name)?.reveal() ?? '';
  return {
    cookie: values.get('OpenConnect.Cookie') ?? new Secret(''),
    host: text('OpenConnect.VPNHost') || server,
    fingerprint: text('OpenConnect.ServerCert'),
    resolve: '',
  };
}

/** As often as the user wants to try. */
async function logIn(tools: DriverTools, attempt: Attempt, server: string, signal: AbortSignal): Promise<Session> {
  const { settings } = attempt;
  const found = tools.processes.find(program);
  if (found === undefined) throw new Error('the program openconnect is not installed any more');
  const withPassword = ['userpass', 'cookie_with_userpass'].includes(settings.get('OpenConnect.AuthType') ?? '');
  for (;;) {
    const values = withPassword ? await attempt.ask(passwordFields) : new Map<string, Secret>();
    if (signal.aborted) throw new AgentRefusal('canceled', 'it was disconnected meanwhile');
    const user = values.get('Username')?.reveal();
    const args = [...(user === undefined ? [] : ['--user', user]), ...loginArguments(settings), server];
    const outcome = await new Login(tools, attempt, values).run(found, args, signal);
    if (outcome.kind === 'session') return outcome.session;
    if (!withPassword) throw new AgentRefusal('failed', 'the server refused the login');
    attempt.onAuthError('wrong user name or password');
  }
}

/** Status 2: the server does not know the cookie, or not any more (contract, "openconnect"). */
function endOf(exit: ProcessExit): TunnelFailure {
  if (exit.kind === 'code' && exit.code === 2)
    return { kind: 'auth', reason: 'the server refused the session; connect again to log in' };
  if (exit.kind === 'not-started') return { kind: 'connect', reason: exit.error.message };
  const how = exit.kind === 'code' ? ` with status ${exit.code}` : exit.kind === 'signal' ? ` by ${exit.signal}` : '';
  return { kind: 'connect', reason: `openconnect ended${how}; its messages are in the log` };
}
