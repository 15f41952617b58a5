/** The agents on the bus: carries out what the registry decides, and turns agents' answers into events of the engine. */
import { agentErrors, agentInterface, connmanError } from '@connman/contracts';
import { type Bus, BusError } from '@connman/dbus';
import type { Clock } from '@connman/ports';
import type { Happening } from '../events';
import {
  type AgentEffect,
  type AgentEvent,
  type AgentOutcome,
  type AgentState,
  initialAgentState,
  stepAgents,
} from '../model/agent/agent-registry';
import { servicePath } from '../model/service/service';

export interface AgentHostOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly dispatch: (happening: Happening) => void;
  /** InputRequestTimeout and BrowserLaunchTimeout of main.conf. */
  readonly inputTimeoutMs: number;
  readonly browserTimeoutMs: number;
}

type AgentEventWithoutTime = AgentEvent extends infer E ? (E extends AgentEvent ? Omit<E, 'at'> : never) : never;

export class AgentHost {
  private readonly options: AgentHostOptions;
  private state: AgentState = initialAgentState;
  private readonly watches = new Map<string, () => void>();
  private readonly finished = new Map<number, (outcome: AgentOutcome) => void>();
  private cancelTimer: () => void = () => {};
  private lastRequest = 0;

  constructor(options: AgentHostOptions) {
    this.options = options;
  }

  /** Manager.RegisterAgent. Throws BusError. */
  register(sender: string, path: string): void {
    this.refuse(this.step({ kind: 'register', sender, path }));
  }

  /** Manager.UnregisterAgent. Throws BusError. */
  unregister(sender: string): void {
    this.refuse(this.step({ kind: 'unregister', sender }));
  }

  /** Rule 54: the agent may ask for another try. */
  reportError(service: string, error: string): void {
    const request = { member: 'ReportError', args: [servicePath(service), error] } as const;
    this.request(service, request, this.options.inputTimeoutMs, (outcome) => {
      if (outcome.kind === 'error' && outcome.name === agentErrors.retry)
        this.options.dispatch({ kind: 'retry', service });
    });
  }

  /** Rule 134: a normal answer means that the user has been to the page. */
  requestBrowser(service: string, url: string): void {
    const request = { member: 'RequestBrowser', args: [servicePath(service), url] } as const;
    this.request(service, request, this.options.browserTimeoutMs, (outcome) => {
      if (outcome.kind === 'reply') this.options.dispatch({ kind: 'portal-visited', service });
      if (outcome.kind === 'error' && outcome.name === agentErrors.canceled) {
        this.options.dispatch({ kind: 'portal-refused', service });
      }
    });
  }

  /** Rule 26: nobody waits for the answer any more. */
  endRequests(service: string): void {
    this.step({ kind: 'cancel', context: servicePath(service) });
  }

  /** Tells every agent that the daemon ends. */
  close(): void {
    this.step({ kind: 'shutdown' });
    this.cancelTimer();
    for (const end of this.watches.values()) end();
  }

  private request(
    service: string,
    request: { readonly member: 'ReportError' | 'RequestBrowser'; readonly args: readonly string[] },
    timeoutMs: number,
    done: (outcome: AgentOutcome) => void,
  ): void {
    const requestId = ++this.lastRequest;
    this.finished.set(requestId, done);
    this.step({ kind: 'request', request: { requestId, context: servicePath(service), timeoutMs, ...request } });
  }

  private step(event: AgentEventWithoutTime): readonly AgentEffect[] {
    const { state, effects } = stepAgents(this.state, { ...event, at: this.options.clock.now() } as AgentEvent);
    this.state = state;
    for (const effect of effects) this.carryOut(effect);
    return effects;
  }

  private refuse(effects: readonly AgentEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'reply' && effect.error) throw connmanError(effect.error);
    }
  }

  private carryOut(effect: AgentEffect): void {
    const { bus, clock } = this.options;
    switch (effect.kind) {
      case 'reply':
        return;
      case 'watch': {
        const { sender } = effect;
        this.watches.set(
          sender,
          bus.watchName(sender, () => this.step({ kind: 'client-gone', sender })),
        );
        return;
      }
      case 'unwatch':
        this.watches.get(effect.sender)?.();
        this.watches.delete(effect.sender);
        return;
      case 'call-agent':
        return this.call(effect);
      case 'cancel-agent':
        return this.agent(effect).send('Cancel', []);
      case 'release-agent':
        return this.agent(effect).send('Release', []);
      case 'finished':
        this.finished.get(effect.requestId)?.(effect.outcome);
        this.finished.delete(effect.requestId);
        return;
      case 'timer':
        this.cancelTimer();
        this.cancelTimer = () => {};
        if (effect.at === undefined) return;
        this.cancelTimer = clock.setTimer(Math.max(0, effect.at - clock.now()), () => this.step({ kind: 'timer' }));
    }
  }

  private agent({ sender, path }: { readonly sender: string; readonly path: string }) {
    return this.options.bus.object(agentInterface, { name: sender, path });
  }

  private call({ requestId, sender, path, member, args }: AgentEffect & { kind: 'call-agent' }): void {
    if (member !== 'ReportError' && member !== 'RequestBrowser') return;
    const [service, text] = args as [string, string];
    this.agent({ sender, path })
      // The registry keeps the time; its Cancel ends the wait.
      .call(member, [service, text], { timeoutMs: Number.POSITIVE_INFINITY })
      .then(
        () => this.step({ kind: 'answer', requestId, answer: { kind: 'reply', body: [] } }),
        (error: unknown) => {
          const name = error instanceof BusError ? error.errorName : 'org.freedesktop.DBus.Error.Failed';
          this.step({ kind: 'answer', requestId, answer: { kind: 'error', name } });
        },
      );
  }
}
