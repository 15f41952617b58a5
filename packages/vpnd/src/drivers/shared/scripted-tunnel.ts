/**
 * A tunnel kept by one program that tells its script when it comes up: openconnect and vpnc. It outlives the daemon, whose next
 * run finds the process again and listens for its script.
 */
import type { Process, ProcessExit } from '@connman/ports';
import type { TunnelFailure } from '../../connection/tunnel';
import { type Attempt, failureOf, type Tunnel, type TunnelRecord } from '../../driver';
import { type Callback, callbackVariable, listenForCallbacks } from './callbacks';
import { stopProcess } from './stop';
import type { DriverTools } from './tools';
import { vpncFacts, vpncMtu } from './vpnc-environment';

/** What sets openconnect and vpnc apart. */
export interface ScriptedKind {
  readonly type: string;
  /** What it does when its server is reached by another way: openconnect connects again by itself. */
  readonly whenMoved: 'SIGUSR2' | 'restart';
  /** Finds out what to run, asking the user if need be; the tunnel may be ended meanwhile. */
  prepare(tools: DriverTools, attempt: Attempt, signal: AbortSignal): Promise<ScriptedProgram>;
  /** How it ended, for the user. */
  failure(exit: ProcessExit): TunnelFailure;
}

export interface ScriptedProgram {
  /** On the search path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Standard input: where secrets go. */
  readonly input: string;
}

export class ScriptedTunnel implements Tunnel {
  private readonly tools: DriverTools;
  private readonly attempt: Attempt;
  private readonly kind: ScriptedKind;
  private readonly callbacks: { close(): void };
  private readonly preparing = new AbortController();
  private process: Process | undefined;
  private stopped: (() => void) | undefined;
  /** Once the program has ended, it is to run again. */
  private isRestarting = false;
  private failed: TunnelFailure | undefined;
  private over = false;

  static start(tools: DriverTools, attempt: Attempt, kind: ScriptedKind): ScriptedTunnel {
    const tunnel = new ScriptedTunnel(tools, attempt, kind);
    tunnel.connect();
    return tunnel;
  }

  static resume(
    tools: DriverTools,
    attempt: Attempt,
    kind: ScriptedKind,
    record: TunnelRecord,
  ): ScriptedTunnel | undefined {
    const [identity] = record.processes;
    let tunnel: ScriptedTunnel | undefined;
    const process = identity && tools.processes.adopt(identity, (exit) => tunnel?.exited(exit));
    if (!process) return undefined;
    tunnel = new ScriptedTunnel(tools, attempt, kind);
    tunnel.process = process;
    return tunnel;
  }

  private constructor(tools: DriverTools, attempt: Attempt, kind: ScriptedKind) {
    this.tools = tools;
    this.attempt = attempt;
    this.kind = kind;
    tools.makeFolder(attempt.folder, kind.type);
    this.callbacks = listenForCallbacks(tools.listeners, this.socket, (callback) => this.called(callback));
  }

  get record(): TunnelRecord {
    const identity = this.process?.identity;
    return { processes: identity ? [identity] : [], interfaceName: this.attempt.interfaceName };
  }

  disconnect(): void {
    this.isRestarting = false;
    if (this.over || this.stopped) return;
    this.preparing.abort();
    if (this.process) this.stopped = stopProcess(this.process, this.tools.clock);
    else this.tools.clock.setTimer(0, () => this.finish());
  }

  onMoved(): void {
    const { whenMoved } = this.kind;
    if (!this.process || this.stopped) return;
    if (whenMoved !== 'restart') return this.process.signal(whenMoved);
    this.isRestarting = true;
    this.stopped = stopProcess(this.process, this.tools.clock);
  }

  private get socket(): string {
    return `${this.attempt.folder}/callback`;
  }

  private connect(): void {
    this.kind.prepare(this.tools, this.attempt, this.preparing.signal).then(
      (program) => this.run(program),
      (error: unknown) => this.finish(failureOf(error)),
    );
  }

  private run({ program, args, input }: ScriptedProgram): void {
    if (this.over || this.preparing.signal.aborted) return;
    const { processes } = this.tools;
    const found = processes.find(program);
    try {
      if (found === undefined) throw new Error(`the program ${program} is not installed any more`);
      const kind = this.attempt.settings.get('VPNC.DeviceType') === 'tap' ? 'tap' : 'tun';
      this.tools.makeTunnel(this.attempt.interfaceName, kind, this.kind.type);
    } catch (error) {
      return this.finish(failureOf(error));
    }
    const runAs = this.tools.runAs(this.kind.type);
    this.process = processes.start({
      program: found,
      args,
      environment: { [callbackVariable]: this.socket },
      input,
      // It outlives us: no one would read a pipe then.
      output: 'inherit',
      ...(runAs && { runAs }),
      onExit: (exit) => this.exited(exit),
    });
  }

  private called({ environment }: Callback): number {
    const reason = environment.get('reason');
    if (reason === 'attempt-reconnect') this.attempt.onReconnecting('the server does not answer');
    if (reason !== 'connect' && reason !== 'reconnect') return 0;
    const ifindex = this.tools.links.indexOf(environment.get('TUNDEV') ?? this.attempt.interfaceName);
    const on = ifindex.ok ? this.tools.links.switchOn(ifindex.value, vpncMtu(environment)) : ifindex;
    if (!ifindex.ok || !on.ok) {
      this.failed = failureOf(on.ok ? undefined : on.error);
      return 1;
    }
    if (reason === 'connect') this.attempt.onUp(vpncFacts(environment, ifindex.value));
    return 0;
  }

  private exited(exit: ProcessExit): void {
    const wasStopped = this.stopped !== undefined;
    this.stopped?.();
    this.stopped = undefined;
    this.process = undefined;
    if (this.isRestarting) {
      this.isRestarting = false;
      this.connect();
    } else if (wasStopped) this.finish();
    else this.finish(this.failed ?? this.kind.failure(exit));
  }

  private finish(failure?: TunnelFailure): void {
    if (this.over) return;
    this.over = true;
    this.callbacks.close();
    this.tools.links.remove(this.attempt.interfaceName);
    this.attempt.onEnd(failure);
  }
}
