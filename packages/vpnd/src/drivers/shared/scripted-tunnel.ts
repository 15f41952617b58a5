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

export interface ScriptedProgram {
  /** On the search path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Standard input: where secrets go. */
  readonly input: string;
  /** How it ended, for the user. */
  failure(exit: ProcessExit): TunnelFailure;
}

export class ScriptedTunnel implements Tunnel {
  private readonly tools: DriverTools;
  private readonly attempt: Attempt;
  private readonly type: string;
  private readonly failureOfExit: ScriptedProgram['failure'];
  private readonly callbacks: { close(): void };
  private process: Process | undefined;
  private stopped: (() => void) | undefined;
  private failed: TunnelFailure | undefined;
  private over = false;

  /** `prepare` finds out what to run, asking the user if need be; the tunnel may be ended meanwhile. */
  static start(
    tools: DriverTools,
    attempt: Attempt,
    type: string,
    failure: ScriptedProgram['failure'],
    prepare: (signal: AbortSignal) => Promise<Omit<ScriptedProgram, 'failure'>>,
  ): ScriptedTunnel {
    const tunnel = new ScriptedTunnel(tools, attempt, type, failure);
    prepare(tunnel.preparing.signal).then(
      (program) => tunnel.run(program),
      (error: unknown) => tunnel.finish(failureOf(error)),
    );
    return tunnel;
  }

  static resume(
    tools: DriverTools,
    attempt: Attempt,
    type: string,
    failure: ScriptedProgram['failure'],
    record: TunnelRecord,
  ): ScriptedTunnel | undefined {
    const [identity] = record.processes;
    let tunnel: ScriptedTunnel | undefined;
    const process = identity && tools.processes.adopt(identity, (exit) => tunnel?.exited(exit));
    if (!process) return undefined;
    tunnel = new ScriptedTunnel(tools, attempt, type, failure);
    tunnel.process = process;
    return tunnel;
  }

  private readonly preparing = new AbortController();

  private constructor(tools: DriverTools, attempt: Attempt, type: string, failure: ScriptedProgram['failure']) {
    this.tools = tools;
    this.attempt = attempt;
    this.type = type;
    this.failureOfExit = failure;
    tools.makeFolder(attempt.folder, type);
    this.callbacks = listenForCallbacks(tools.listeners, this.socket, (callback) => this.called(callback));
  }

  get record(): TunnelRecord {
    const identity = this.process?.identity;
    return { processes: identity ? [identity] : [], interfaceName: this.attempt.interfaceName };
  }

  disconnect(): void {
    if (this.over || this.stopped) return;
    this.preparing.abort();
    if (this.process) this.stopped = stopProcess(this.process, this.tools.clock);
    else this.tools.clock.setTimer(0, () => this.finish());
  }

  onMoved(): void {
    if (this.type === 'openconnect') this.process?.signal('SIGUSR2');
  }

  private get socket(): string {
    return `${this.attempt.folder}/callback`;
  }

  private run({ program, args, input }: Omit<ScriptedProgram, 'failure'>): void {
    if (this.over || this.preparing.signal.aborted) return;
    const { processes, tunnels } = this.tools;
    const found = processes.find(program);
    try {
      if (found === undefined) throw new Error(`the program ${program} is not installed any more`);
      tunnels.create(
        this.attempt.interfaceName,
        this.attempt.settings.get('VPNC.DeviceType') === 'tap' ? 'tap' : 'tun',
      );
    } catch (error) {
      return this.finish(failureOf(error));
    }
    const runAs = this.tools.runAs(this.type);
    this.process = processes.start({
      program: found,
      args,
      environment: { [callbackVariable]: this.socket },
      input,
      // It outlives us: nobody would read a pipe then.
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
    this.stopped?.();
    if (this.stopped) this.finish();
    else this.finish(this.failed ?? this.failureOfExit(exit));
  }

  private finish(failure?: TunnelFailure): void {
    if (this.over) return;
    this.over = true;
    this.callbacks.close();
    this.tools.links.remove(this.attempt.interfaceName);
    this.attempt.onEnd(failure);
  }
}
