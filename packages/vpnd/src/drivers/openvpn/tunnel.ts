/**
 * One run of openvpn. It waits (management-hold) until its management socket is connected; from then on what it says there
 * and what its up call-back brings decide. It outlives the daemon, whose next run connects to the same socket.
 */
import { OsError } from '@connman/base';
import { type IpAddress, parseIp } from '@connman/inet';
import type { BusStream, Process, ProcessExit } from '@connman/ports';
import type { TunnelFailure } from '../../connection/tunnel';
import type { Attempt, Tunnel, TunnelRecord } from '../../driver';
import { failureOf } from '../../driver';
import { type Callback, listenForCallbacks } from '../shared/callbacks';
import { stopProcess } from '../shared/stop';
import type { DriverTools } from '../shared/tools';
import { openVpnArguments } from './arguments';
import {
  deviceType,
  namesServer,
  type Redirect,
  readConfigurationFile,
  redirectOfFile,
  redirectOfPush,
} from './configuration-file';
import { answerPassword } from './credentials';
import { tunnelFacts } from './environment';
import { type Challenge, LineReader, type ManagementEvent, parseManagementLine } from './management';

/** The socket appears some milliseconds after the program has started. */
const firstRetryMs = 5;
const maxRetryMs = 200;

export class OpenVpnTunnel implements Tunnel {
  private readonly tools: DriverTools;
  private readonly attempt: Attempt;
  private process: Process | undefined;
  private management: BusStream | undefined;
  private isOpening = false;
  private readonly callbacks: { close(): void };
  private cancelRetry = () => {};
  private stopped: (() => void) | undefined;
  /** What the up call-back brought. */
  private environment: ReadonlyMap<string, string> | undefined;
  private ifindex = 0;
  /** The user's own configuration file, as it was at the start. */
  private readonly file: string;
  private redirect: Redirect;
  private connected = false;
  private wasUp = false;
  /** Where it connects to, or is connected to. */
  private server: IpAddress | undefined;
  private challenge: Challenge | undefined;
  /** What it complained about last: the reason, should it end. */
  private complaint = '';
  private failure: TunnelFailure | undefined;
  /** It has said that it ends. */
  private exiting = false;
  private over = false;
  /** Its file says `daemon`: the process we started has ended, another goes on. */
  private inBackground = false;

  static start(tools: DriverTools, attempt: Attempt): OpenVpnTunnel {
    return new OpenVpnTunnel(tools, attempt, undefined);
  }

  /** Undefined if the program does not run any more. */
  static resume(tools: DriverTools, attempt: Attempt, record: TunnelRecord): OpenVpnTunnel | undefined {
    const [identity] = record.processes;
    let tunnel: OpenVpnTunnel | undefined;
    const process = identity && tools.processes.adopt(identity, (exit) => tunnel?.exited(exit));
    if (!process) return undefined;
    tunnel = new OpenVpnTunnel(tools, attempt, process);
    return tunnel;
  }

  private constructor(tools: DriverTools, attempt: Attempt, adopted: Process | undefined) {
    this.tools = tools;
    this.attempt = attempt;
    this.file = readConfigurationFile(tools.files, attempt.settings);
    this.redirect = redirectOfFile(this.file);
    tools.makeFolder(attempt.folder, 'openvpn');
    this.callbacks = listenForCallbacks(tools.listeners, this.callbackSocket, (callback) => this.called(callback));
    this.process = adopted ?? this.startProgram();
    this.connected = adopted !== undefined;
    if (this.process) this.connectManagement(firstRetryMs);
  }

  get record(): TunnelRecord {
    const identity = this.process?.identity;
    return { processes: identity ? [identity] : [], interfaceName: this.attempt.interfaceName };
  }

  disconnect(): void {
    if (this.over || this.stopped) return;
    if (this.process) this.stopped = stopProcess(this.process, this.tools.clock);
  }

  /** It keeps its connection by the way it was made; a new one takes no longer than the handshake. */
  onMoved(): void {
    this.send('signal SIGUSR1\n');
  }

  private get callbackSocket(): string {
    return `${this.attempt.folder}/callback`;
  }

  private get managementSocket(): string {
    return `${this.attempt.folder}/management`;
  }

  private startProgram(): Process | undefined {
    const { processes, clock } = this.tools;
    const { host, settings, interfaceName } = this.attempt;
    const program = processes.find('openvpn');
    try {
      if (program === undefined) throw new Error('the program openvpn is not installed any more');
      this.tools.makeTunnel(interfaceName, deviceType(settings, this.file), 'openvpn');
    } catch (error) {
      this.failure = failureOf(error);
      clock.setTimer(0, () => this.exited({ kind: 'unknown' }));
      return undefined;
    }
    const runAs = this.tools.runAs('openvpn');
    return processes.start({
      program,
      args: openVpnArguments({
        host: namesServer(this.file) ? '' : host,
        settings,
        interfaceName,
        deviceType: deviceType(settings, this.file),
        managementSocket: this.managementSocket,
        callbackSocket: this.callbackSocket,
        callbackProgram: this.tools.callback,
      }),
      // openvpn ignores SIGPIPE: it goes on when we, who read this, end.
      output: 'lines',
      ...(runAs && { runAs }),
      onLine: (line) => this.printed(line),
      onExit: (exit) => this.exited(exit),
    });
  }

  /** Until its management socket is open; from then on it says the same there. */
  private printed(line: string): void {
    if (this.management) return;
    this.logged(line);
    if (!/^MANAGEMENT: unix domain socket listening/.test(line) || this.isOpening) return;
    this.cancelRetry();
    this.connectManagement(firstRetryMs);
  }

  private connectManagement(retryMs: number): void {
    this.isOpening = true;
    const reader = new LineReader();
    const events = {
      onData: (bytes: Uint8Array) => {
        for (const line of reader.lines(bytes)) this.hear(line);
      },
      onDrain: () => {},
      onClose: () => {
        this.management = undefined;
        if (!this.over) this.retryManagement(maxRetryMs);
      },
    };
    this.tools.streams.open(this.managementSocket, events).then(
      (stream) => {
        this.isOpening = false;
        if (this.over) return stream.close();
        this.management = stream;
        this.send(`${this.inBackground ? 'pid\n' : ''}log on\nstate on\n`);
      },
      (error: unknown) => {
        this.isOpening = false;
        if (!(error instanceof OsError)) throw error;
        this.retryManagement(Math.min(2 * retryMs, maxRetryMs));
      },
    );
  }

  private retryManagement(delayMs: number): void {
    if (this.over) return;
    this.cancelRetry = this.tools.clock.setTimer(delayMs, () => this.connectManagement(delayMs));
  }

  private send(command: string): void {
    this.management?.write(new TextEncoder().encode(command), []);
  }

  private hear(line: string): void {
    const event = parseManagementLine(line);
    if (event) this.handle(event);
  }

  private handle(event: ManagementEvent): void {
    switch (event.kind) {
      case 'hold':
        return this.send('hold release\n');
      case 'password-needed':
        void this.answer(event);
        return;
      case 'password-refused':
        this.challenge = event.challenge;
        if (!event.challenge) this.attempt.onAuthError(refusalText(event.realm));
        return;
      case 'state':
        return this.followState(event.state, event.reason);
      case 'pid':
        // Unasked for, it names no process of ours.
        if (this.inBackground) this.adopt(event.pid);
        return;
      case 'log':
        return this.logged(event.text);
      case 'fatal':
        this.complaint = event.text;
        return;
      case 'open-url':
        return this.tools.log.warning(`${this.attempt.name}: the server wants the user to visit ${event.url}`);
      case 'error':
        return this.tools.log.warning(`${this.attempt.name}: openvpn refused a command: ${event.text}`);
    }
  }

  private async answer({ request }: ManagementEvent & { kind: 'password-needed' }): Promise<void> {
    try {
      const { challenge } = this;
      this.challenge = undefined;
      const commands = await answerPassword(this.attempt, request, challenge);
      for (const command of commands) this.send(command);
    } catch (error) {
      this.failure ??= failureOf(error);
      this.disconnect();
    }
  }

  private followState(state: string, reason: string): void {
    if (state === 'CONNECTED') {
      this.connected = true;
      this.reportUp();
    } else if (state === 'EXITING') {
      this.exiting = true;
      if (reason !== '') this.complaint = `openvpn says ${reason}`;
    } else if (state === 'RECONNECTING') {
      this.redirect = redirectOfFile(this.file);
      const wasUp = this.connected;
      this.connected = false;
      const why = reason === '' ? 'the connection was lost' : `openvpn says ${reason}`;
      if (wasUp) this.attempt.onReconnecting(why);
      else this.complaint = this.complaint || why;
    }
  }

  /** It comes before CONNECTED, and again when the server gives other values after a reconnection. */
  private called({ environment }: Callback): number {
    const ifindex = this.tools.links.indexOf(environment.get('dev') ?? this.attempt.interfaceName);
    if (!ifindex.ok) return 1;
    const mtu = Number(environment.get('tun_mtu') ?? 0);
    const on = this.tools.links.switchOn(ifindex.value, mtu >= 576 && mtu <= 65535 ? mtu : 0);
    if (!on.ok) {
      this.failure = failureOf(on.error);
      return 1;
    }
    this.environment = environment;
    this.ifindex = ifindex.value;
    return 0;
  }

  /** All that was said before CONNECTED has been heard by now. */
  private reportUp(): void {
    if (!this.environment) return;
    this.wasUp = true;
    const facts = tunnelFacts(this.environment, this.ifindex, this.redirect);
    this.attempt.onUp(this.server ? { ...facts, servers: [this.server] } : facts);
  }

  /** One it goes on with after another: the way to it is kept out of the tunnel that waits for it. */
  private followServer(server: IpAddress): void {
    if (server === this.server) return;
    this.server = server;
    if (this.wasUp) this.reportUp();
  }

  private logged(line: string): void {
    this.tools.log.debug(`${this.attempt.name}: openvpn: ${line}`);
    this.redirect = redirectOfPush(line) ?? this.redirect;
    const server = remoteOf(line);
    if (server) this.followServer(server);
    // Of wrong options the first counts; the last line only says that there were some.
    if (!this.complaint.startsWith(optionsError)) this.complaint = complaintOf(line) ?? this.complaint;
  }

  private adopt(pid: number): void {
    const identity = this.tools.processes.identify(pid);
    this.process = identity && this.tools.processes.adopt(identity, (exit) => this.exited(exit));
    if (!this.process) this.exited({ kind: 'unknown' });
  }

  private exited(exit: ProcessExit): void {
    if (this.over) return;
    const mayGoOn = this.attempt.settings.has('OpenVPN.ConfigFile') && !this.exiting && !this.stopped;
    if (exit.kind === 'code' && exit.code === 0 && mayGoOn && !this.inBackground) {
      this.inBackground = true;
      if (this.management) this.send('pid\n');
      return;
    }
    this.over = true;
    this.stopped?.();
    this.cancelRetry();
    this.management?.close();
    this.callbacks.close();
    this.tools.links.remove(this.attempt.interfaceName);
    if (this.stopped && !this.failure) this.attempt.onEnd();
    else this.attempt.onEnd(this.failure ?? { kind: 'connect', reason: endText(exit, this.complaint) });
  }
}

function refusalText(realm: string): string {
  if (realm === 'Auth') return 'wrong user name or password';
  return realm === 'Private Key' ? 'wrong passphrase of the private key' : `${realm}: wrong user name or password`;
}

/** The address in openvpn's line on whom it talks to: `UDPv4 link remote: [AF_INET]192.0.2.1:1194`. */
function remoteOf(line: string): IpAddress | undefined {
  const [, text = ''] = /link remote: \[AF_INET6?\](\S+):\d+/.exec(line) ?? [];
  return parseIp(text);
}

const optionsError = 'Options error';

/** Lines of openvpn's log that say why it does not get on. */
function complaintOf(line: string): string | undefined {
  if (
    /^(Options error|Cannot |TLS Error|AUTH: |ERROR:|RESOLVE: Cannot|read UDP|TCP: connect to|OpenSSL: error|VERIFY ERROR)/.test(
      line,
    )
  )
    return line;
  return /failed|refused|unreachable/i.test(line) && !/^WARNING/.test(line) ? line : undefined;
}

function endText(exit: ProcessExit, complaint: string): string {
  const how =
    exit.kind === 'code'
      ? `with status ${exit.code}`
      : exit.kind === 'signal'
        ? `by ${exit.signal}`
        : exit.kind === 'not-started'
          ? `before it began (${exit.error.message})`
          : 'by itself';
  return `openvpn ended ${how}${complaint === '' ? '; run connman-vpnd with --debug to see its log' : `: ${complaint}`}`;
}
