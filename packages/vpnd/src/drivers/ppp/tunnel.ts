/**
 * A tunnel of pppd, started by us (PPTP) or by xl2tpd (L2TP). The password is in pppd's options file in the connection's
 * folder; pppd sets the link's addresses itself and says by its scripts when they are there and when they go.
 */
import type { Secret } from '@connman/base';
import { familyOf, type IpAddress } from '@connman/inet';
import type { Process, ProcessExit, ProcessIdentity } from '@connman/ports';
import type { TunnelFailure } from '../../connection/tunnel';
import { AgentRefusal, type Attempt, failureOf, type InputField, type Tunnel, type TunnelRecord } from '../../driver';
import { type Callback, listenForCallbacks } from '../shared/callbacks';
import { stopProcess } from '../shared/stop';
import type { DriverTools } from '../shared/tools';
import { pppFacts } from './environment';
import { type PppRun, pppOptions } from './options';

/** What sets L2TP and PPTP apart. */
export interface PppKind {
  readonly type: 'l2tp' | 'pptp';
  /** `L2TP` or `PPTP`, before `.User` and `.Password`. */
  readonly prefix: string;
  readonly pty?: (attempt: Attempt, server: IpAddress) => string;
  /** What forbids to send anything to the server; undefined if nothing does. */
  readonly refuse?: (tools: DriverTools, attempt: Attempt, server: IpAddress) => string | undefined;
  /** What to run, once pppd's options are in a file of that path. */
  program(
    tools: DriverTools,
    attempt: Attempt,
    server: IpAddress,
    optionsFile: string,
  ): { readonly program: string; readonly args: readonly string[] };
}

/** pppd's exit status for a peer that does not accept us. */
const authFailed = 19;
/** A connection that held so long is dialled again at once when it goes down. */
const provenMs = 10_000;

export class PppTunnel implements Tunnel {
  private readonly tools: DriverTools;
  private readonly attempt: Attempt;
  private readonly kind: PppKind;
  private readonly callbacks: { close(): void };
  private process: Process | undefined;
  /** Where xl2tpd started it: with the kernel's L2TP it would outlive that. */
  private pppd: Process | undefined;
  private exit: ProcessExit | undefined;
  private stopped: (() => void) | undefined;
  /** Once its programs have ended, they are to run again. */
  private isRedialling = false;
  private upSince = Number.POSITIVE_INFINITY;
  private failure: TunnelFailure | undefined;
  private complaint = '';
  private over = false;

  static start(tools: DriverTools, attempt: Attempt, kind: PppKind): PppTunnel {
    const tunnel = new PppTunnel(tools, attempt, kind);
    tunnel.dial();
    return tunnel;
  }

  static resume(tools: DriverTools, attempt: Attempt, kind: PppKind, record: TunnelRecord): PppTunnel | undefined {
    const [identity, pppd] = record.processes;
    let tunnel: PppTunnel | undefined;
    const process = identity && tools.processes.adopt(identity, (exit) => tunnel?.exited(exit));
    if (!process) return undefined;
    tunnel = new PppTunnel(tools, attempt, kind);
    tunnel.process = process;
    tunnel.upSince = tools.clock.now();
    if (pppd) tunnel.watchPppd(pppd);
    return tunnel;
  }

  private constructor(tools: DriverTools, attempt: Attempt, kind: PppKind) {
    this.tools = tools;
    this.attempt = attempt;
    this.kind = kind;
    tools.makeFolder(attempt.folder, kind.type);
    this.callbacks = listenForCallbacks(tools.listeners, this.socket, (callback) => this.called(callback));
  }

  get record(): TunnelRecord {
    const processes = [this.process?.identity, this.pppd?.identity].filter((identity) => identity !== undefined);
    return { processes, interfaceName: this.attempt.interfaceName };
  }

  disconnect(): void {
    this.isRedialling = false;
    if (this.over || this.stopped) return;
    if (this.process) this.stop();
    else this.tools.clock.setTimer(0, () => this.finish());
  }

  /** Both protocols are bound to the address they began from. */
  onMoved(): void {
    this.redial();
  }

  private get socket(): string {
    return `${this.attempt.folder}/callback`;
  }

  private dial(): void {
    this.connect().catch((error: unknown) => this.finish(failureOf(error)));
  }

  private async connect(): Promise<void> {
    const { prefix, pty } = this.kind;
    const fields: readonly InputField[] = [
      { name: 'Username', setting: `${prefix}.User`, type: 'string', requirement: 'mandatory' },
      { name: 'Password', setting: `${prefix}.Password`, type: 'password', requirement: 'mandatory' },
    ];
    const values = await this.attempt.ask(fields);
    // The programs get the address: the way to it is kept out of the tunnel.
    const addresses = await this.tools.resolver.lookup(this.attempt.host);
    const server = addresses.find((address) => familyOf(address) === 4) ?? addresses[0];
    if (this.over) return;
    if (server === undefined) throw new Error(`${this.attempt.host} has no address; is it the right name?`);
    const refusal = this.kind.refuse?.(this.tools, this.attempt, server);
    if (refusal !== undefined) throw new Error(refusal);
    const need = (name: string): Secret => {
      const value = values.get(name);
      if (!value) throw new AgentRefusal('failed', `the agent gave no ${name}`);
      return value;
    };
    const run: PppRun = {
      settings: this.attempt.settings,
      interfaceName: this.attempt.interfaceName,
      username: need('Username'),
      password: need('Password'),
      server,
      callbackSocket: this.socket,
      callbackProgram: this.tools.callback,
      ...(pty && { pty: pty(this.attempt, server) }),
    };
    const optionsFile = `${this.attempt.folder}/ppp-options`;
    this.tools.writeSecret(optionsFile, pppOptions(run), this.kind.type);
    const { program, args } = this.kind.program(this.tools, this.attempt, server, optionsFile);
    const found = this.tools.processes.find(program);
    if (found === undefined) throw new Error(`the program ${program} is not installed any more`);
    const runAs = this.tools.runAs(this.kind.type);
    this.process = this.tools.processes.start({
      program: found,
      args,
      ...(runAs && { runAs }),
      output: 'lines',
      onLine: (line) => this.hear(line),
      onExit: (exit) => this.exited(exit),
    });
  }

  private called({ environment }: Callback): number {
    const name = environment.get('IFNAME') ?? this.attempt.interfaceName;
    const ifindex = this.tools.links.indexOf(name);
    if (environment.has('CONNECT_TIME') || !ifindex.ok) {
      if (this.stopped) return 0;
      this.attempt.onReconnecting('the PPP connection went down');
      // xl2tpd would dial again on a tunnel that may be dead; one that goes down at once is not dialled over and over.
      if (this.tools.clock.now() - this.upSince >= provenMs) this.redial();
      return 0;
    }
    const pppd = this.tools.processes.identify(Number(environment.get('PPPD_PID')));
    if (pppd && pppd.pid !== this.process?.identity?.pid) this.watchPppd(pppd);
    this.upSince = this.tools.clock.now();
    this.attempt.onUp(pppFacts(environment, ifindex.value));
    return 0;
  }

  private watchPppd(identity: ProcessIdentity): void {
    const pppd = this.tools.processes.adopt(identity, () => {
      if (this.pppd === pppd) this.pppd = undefined;
      if (this.stopped && this.process) this.stop();
      this.settle();
    });
    this.pppd = pppd;
  }

  private hear(line: string): void {
    this.tools.log.debug(`${this.attempt.name}: ${this.kind.type}: ${line}`);
    if (this.stopped) return;
    const status = /pppd exited for call \d+ with code (\d+)/.exec(line)?.[1];
    if (/authentication failed/i.test(line) || Number(status) === authFailed)
      this.fail({ kind: 'auth', reason: 'wrong user name or password' });
    else if (status !== undefined && status !== '0')
      this.fail({ kind: 'connect', reason: `pppd ended with status ${status}${this.suffix}` });
    else if (/maximum retries exceeded|host name lookup failed|unable to|couldn't|could not|refused/i.test(line)) {
      this.complaint = line.replace(/^\S+\[\d+\]: */, '');
      if (/maximum retries exceeded|host name lookup failed/i.test(line))
        this.fail({ kind: 'connect', reason: `${this.attempt.host} does not answer${this.suffix}` });
    }
  }

  private get suffix(): string {
    return this.complaint === '' ? '' : `: ${this.complaint}`;
  }

  /** xl2tpd would go on dialling. */
  private fail(failure: TunnelFailure): void {
    this.failure ??= failure;
    this.disconnect();
  }

  /** Ends the programs and runs them again with the credentials there are. */
  private redial(): void {
    if (this.over || this.stopped || !this.process) return;
    this.isRedialling = true;
    this.stop();
  }

  /** pppd takes leave of its peer while xl2tpd still carries it; what it says over a way that is gone would take seconds. */
  private stop(): void {
    this.stopped?.();
    if (this.pppd && this.isRedialling) this.pppd.signal('SIGKILL');
    const next = this.pppd ?? this.process;
    this.stopped = next && stopProcess(next, this.tools.clock);
  }

  private exited(exit: ProcessExit): void {
    this.process = undefined;
    this.exit = exit;
    if (this.pppd && !this.stopped) {
      this.failure ??= this.endOf(exit);
      this.stop();
    }
    this.settle();
  }

  /** What follows once both programs are gone. */
  private settle(): void {
    const { exit } = this;
    if (this.process || this.pppd || !exit) return;
    const wasStopped = this.stopped !== undefined && !this.failure;
    this.stopped?.();
    this.stopped = undefined;
    this.exit = undefined;
    if (this.isRedialling) {
      this.isRedialling = false;
      return this.dial();
    }
    this.finish(wasStopped ? undefined : (this.failure ?? this.endOf(exit)));
  }

  private endOf(exit: ProcessExit): TunnelFailure {
    if (exit.kind === 'code' && exit.code === authFailed)
      return { kind: 'auth', reason: 'wrong user name or password' };
    const how = exit.kind === 'code' ? ` with status ${exit.code}` : '';
    return { kind: 'connect', reason: `${this.kind.type}: the tunnel ended${how}${this.suffix}` };
  }

  private finish(failure?: TunnelFailure): void {
    if (this.over) return;
    this.over = true;
    this.callbacks.close();
    this.attempt.onEnd(failure);
  }
}
