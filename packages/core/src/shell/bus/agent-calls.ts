/** The agents on the bus: calls them as the engine wants, and turns their answers into events. */
import { Secret } from '@connman/base';
import { agentInterface, limitExceeded } from '@connman/contracts';
import { type Bus, BusError, dict, str, strings, type Variant } from '@connman/dbus';
import type { Happening } from '../../events';
import type { AgentCommand } from '../../model/agent/agent-registry';
import type { AgentAnswer, AgentAsk, AgentInput, AskedField } from '../../model/agent/ask';
import { isFitPassphrase, isFitPin } from '../../model/agent/fit';
import { peerPath } from '../../model/service/bus-peer';
import { servicePath } from '../../model/service/service';
import { isPeerId } from '../../model/technology/kinds';
import type { Secrets } from '../secrets';

export interface AgentCallsOptions {
  readonly bus: Bus;
  readonly secrets: Secrets;
  readonly dispatch: (happening: Happening) => void;
}

/** ConnMan's. */
const usualFields = new Set('Name SSID Identity Passphrase PreviousPassphrase WPS Username Password'.split(' '));

/** The registry keeps the time; its Cancel ends the wait. */
const forever = { timeoutMs: Number.POSITIVE_INFINITY };

export class AgentCalls {
  private readonly options: AgentCallsOptions;
  /** Ends the watch for a client's leaving, by its unique name. */
  private readonly watches = new Map<string, () => void>();

  constructor(options: AgentCallsOptions) {
    this.options = options;
  }

  carryOut(command: AgentCommand): void {
    switch (command.kind) {
      case 'watch':
        return this.watch(command.sender);
      case 'unwatch':
        this.watches.get(command.sender)?.();
        this.watches.delete(command.sender);
        return;
      case 'call-agent':
        return this.call(command);
      case 'cancel-agent':
        return this.agent(command).send('Cancel', []);
      case 'release-agent':
        return this.agent(command).send('Release', []);
    }
  }

  private watch(sender: string): void {
    const { bus, dispatch } = this.options;
    const end = bus.watchName(sender, () => dispatch({ kind: 'agent', input: { kind: 'client-gone', sender } }));
    this.watches.set(sender, end);
  }

  private agent({ sender, path }: { readonly sender: string; readonly path: string }) {
    return this.options.bus.object(agentInterface, { name: sender, path });
  }

  private call({ requestId, sender, path, ask }: AgentCommand & { kind: 'call-agent' }): void {
    const answer = (given: AgentAnswer) =>
      this.options.dispatch({ kind: 'agent', input: { kind: 'answer', requestId, answer: given } });
    this.answerOf(this.agent({ sender, path }), ask).then(answer, (error: unknown) => {
      const name = error instanceof BusError ? error.errorName : 'org.freedesktop.DBus.Error.Failed';
      answer({ kind: 'error', name });
    });
  }

  private async answerOf(agent: ReturnType<AgentCalls['agent']>, ask: AgentAsk): Promise<AgentAnswer> {
    const isPeer = isPeerId(ask.service);
    const path = isPeer ? peerPath(ask.service) : servicePath(ask.service);
    switch (ask.member) {
      case 'ReportError':
        await agent.call(isPeer ? 'ReportPeerError' : 'ReportError', [path, ask.error], forever);
        return { kind: 'reply' };
      case 'RequestBrowser':
        await agent.call('RequestBrowser', [path, ask.url], forever);
        return { kind: 'reply' };
      case 'RequestInput': {
        const member = isPeer ? 'RequestPeerAuthorization' : 'RequestInput';
        const values = await agent.call(member, [path, this.fieldsOf(ask.fields)], forever);
        return { kind: 'reply', input: this.inputOf(values, ask) };
      }
    }
  }

  /** In the order of rule 220. */
  private fieldsOf(fields: readonly AskedField[]): Map<string, Variant> {
    return new Map(
      fields.map(({ name, type, requirement, value, alternates, previous }) => {
        const shown = previous ? this.options.secrets.reveal(previous).reveal() : value;
        const details: Record<string, Variant> = { Type: str(type), Requirement: str(requirement) };
        if (alternates) details.Alternates = strings(alternates);
        if (shown !== undefined) details.Value = str(shown);
        return [name, dict(details)];
      }),
    );
  }

  /** An agent answers with what it likes: what is not asked for, or of another type, does not count. */
  private inputOf(
    values: ReadonlyMap<string, Variant>,
    { security, fields }: AgentAsk & { member: 'RequestInput' },
  ): AgentInput {
    // What is longer than what is stored of it may be counts as not given.
    const get = (name: string) => [values.get(name)].find((value) => value && limitExceeded(value) === undefined);
    const text = (name: string) => get(name)?.as('s');
    const ssid = get('SSID')?.as('ay');
    const passphrase = text('Passphrase') ?? text('Password');
    const pin = text('WPS');
    const name = text('Name');
    const identity = text('Identity') ?? text('Username');
    const unfit =
      (passphrase !== undefined && security !== undefined && !isFitPassphrase(security, passphrase)) ||
      (pin !== undefined && !isFitPin(pin));
    const keep = (secret: string) => this.options.secrets.keep(new Secret(secret));
    const others = fields.flatMap((field) => {
      const given = usualFields.has(field.name) ? undefined : text(field.name);
      return given === undefined ? [] : [[field.name, keep(given)] as const];
    });
    return {
      ...(name !== undefined && { name }),
      ...(ssid !== undefined && { ssid: Buffer.from(ssid).toString('hex') }),
      ...(identity !== undefined && { identity }),
      ...(passphrase !== undefined && { passphrase: keep(passphrase) }),
      ...(pin !== undefined && { wps: pin === '' ? {} : { pin: keep(pin) } }),
      ...(others.length > 0 && { others: Object.fromEntries(others) }),
      ...(unfit && { unfit }),
    };
  }
}
