/**
 * The agents: the daemons ask, a person answers. One question at a time: a request that arrives meanwhile waits for its
 * turn, and a cancelled one takes its question back.
 */
import { oneLine } from '@connman/base';
import { agentInterface, vpnAgentInterface } from '@connman/contracts';
import { BusError, type Properties, str, type Variant } from '@connman/dbus';
import { type Client, patience } from './client';
import { formatProperties, nameOf, type PropertyMap } from './print';

export type AgentKind = 'agent' | 'vpn';

/** Gives undefined once the daemon has taken the request back. */
export type Ask = (question: string) => Promise<string | undefined>;

const titles = { agent: 'Agent', vpn: 'VPN Agent' } as const;
const daemons = { agent: 'ConnMan', vpn: 'ConnMan VPNd' } as const;
const errorPrefixes = { agent: 'net.connman.Agent.Error.', vpn: 'net.connman.vpn.Agent.Error.' } as const;

type AgentError = 'Canceled' | 'Rejected' | 'Retry';

class Taken extends Error {}

interface Registration {
  unexport(): void;
  /** Of the requests that wait or are being answered. */
  readonly requests: Set<AbortController>;
}

export class Agents {
  private readonly client: Client;
  private readonly registrations = new Map<AgentKind, Registration>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(client: Client) {
    this.client = client;
  }

  async register(kind: AgentKind): Promise<void> {
    const { client } = this;
    if (this.registrations.has(kind)) return client.terminal.error(`${titles[kind]} already registered\n`);
    const requests = new Set<AbortController>();
    const { unexport } = kind === 'agent' ? this.exportAgent(requests) : this.exportVpnAgent(requests);
    this.registrations.set(kind, { unexport, requests });
    try {
      await this.tellDaemon(kind, 'RegisterAgent');
      client.out(`${titles[kind]} registered\n`);
    } catch (error) {
      this.forget(kind);
      client.tell(`registering ${titles[kind]}`, error);
    }
  }

  async unregister(kind: AgentKind): Promise<void> {
    const { client } = this;
    if (!this.registrations.has(kind)) return client.terminal.error(`${titles[kind]} not registered\n`);
    try {
      await this.tellDaemon(kind, 'UnregisterAgent');
      client.out(`${titles[kind]} unregistered\n`);
    } catch (error) {
      client.tell(`unregistering ${titles[kind]}`, error);
    }
    this.forget(kind);
  }

  private tellDaemon(kind: AgentKind, method: 'RegisterAgent' | 'UnregisterAgent'): Promise<void> {
    const { manager, vpnManager, ownPath } = this.client;
    return kind === 'agent' ? manager.call(method, [ownPath], patience) : vpnManager.call(method, [ownPath], patience);
  }

  private forget(kind: AgentKind): void {
    const registration = this.registrations.get(kind);
    this.registrations.delete(kind);
    registration?.unexport();
    for (const request of registration?.requests ?? []) request.abort();
  }

  private exportAgent(requests: Set<AbortController>) {
    const asked = <T>(head: string, dialogue: (ask: Ask) => Promise<T>) =>
      this.request('agent', requests, head, dialogue);
    return this.client.bus.export(this.client.ownPath, agentInterface, {
      Release: () => this.released('agent'),
      Cancel: () => this.cancelled('agent', requests),
      RequestInput: ([path, fields]) =>
        asked(headOf('RequestInput', path, formatProperties(fields)), (ask) => input(ask, fields)),
      RequestBrowser: ([path, url]) =>
        asked(headOf('RequestBrowser', path, `  ${oneLine(url)}\n`), async (ask) => {
          if (!(await yesOrNo(ask, 'Connected (yes/no)? '))) throw agentError('agent', 'Canceled');
        }),
      ReportError: ([path, error]) =>
        asked(headOf('ReportError', path, `  ${oneLine(error)}\n`), (ask) => retry(ask, 'agent')),
      ReportPeerError: ([path, error]) =>
        asked(headOf('ReportPeerError', path, `  ${oneLine(error)}\n`), (ask) => retry(ask, 'agent')),
      RequestPeerAuthorization: ([path, fields]) =>
        asked(headOf('RequestPeerAuthorization', path, formatProperties(fields)), (ask) => authorize(ask, fields)),
    });
  }

  private exportVpnAgent(requests: Set<AbortController>) {
    const asked = <T>(head: string, dialogue: (ask: Ask) => Promise<T>) =>
      this.request('vpn', requests, head, dialogue);
    return this.client.bus.export(this.client.ownPath, vpnAgentInterface, {
      Release: () => this.released('vpn'),
      Cancel: () => this.cancelled('vpn', requests),
      RequestInput: ([path, fields]) =>
        asked(headOf('RequestInput', path, formatProperties(fields)), (ask) => vpnInput(ask, fields)),
      ReportError: ([path, error]) =>
        asked(headOf('ReportError', path, `  ${oneLine(error)}\n`), (ask) => retry(ask, 'vpn')),
    });
  }

  private released(kind: AgentKind): void {
    this.client.out(`${titles[kind]} unregistered by ${daemons[kind]}\n`);
    this.forget(kind);
  }

  private cancelled(kind: AgentKind, requests: ReadonlySet<AbortController>): void {
    this.client.out(`${titles[kind]} request cancelled by ${daemons[kind]}\n`);
    for (const request of requests) request.abort();
  }

  /** Waits for its turn, says what is asked, and holds the dialogue. */
  private request<T>(
    kind: AgentKind,
    requests: Set<AbortController>,
    head: string,
    dialogue: (ask: Ask) => Promise<T>,
  ): Promise<T> {
    const request = new AbortController();
    requests.add(request);
    const ask: Ask = async (question) => {
      const answer = await this.client.terminal.ask?.(question, request.signal);
      if (answer === undefined) throw new Taken();
      return answer;
    };
    const result = this.turn.then(async () => {
      if (request.signal.aborted) throw agentError(kind, 'Canceled');
      this.client.out(`${titles[kind]} ${head}`);
      return await dialogue(ask);
    });
    const answer = result.catch((error: unknown) => {
      throw error instanceof Taken ? agentError(kind, 'Canceled') : error;
    });
    this.turn = answer.then(
      () => requests.delete(request),
      () => requests.delete(request),
    );
    return answer;
  }
}

function headOf(method: string, path: string, rest: string): string {
  return `${method} ${nameOf(path)}\n${rest}`;
}

function agentError(kind: AgentKind, error: AgentError): BusError {
  return new BusError(errorPrefixes[kind] + error, '');
}

async function yesOrNo(ask: Ask, question: string): Promise<boolean> {
  for (;;) {
    const answer = (await ask(question))?.trim().toLowerCase();
    if (answer === 'yes' || answer === 'y') return true;
    if (answer === 'no' || answer === 'n') return false;
  }
}

async function retry(ask: Ask, kind: AgentKind): Promise<void> {
  if (await yesOrNo(ask, 'Retry (yes/no)? ')) throw agentError(kind, 'Retry');
}

const wpsQuestion = 'WPS PIN (empty line for pushbutton)? ';
const maxSsidBytes = 32;

const inputQuestions: readonly (readonly [field: string, question: string])[] = [
  ['Name', 'Hidden SSID name? '],
  ['Identity', 'EAP username? '],
  ['Passphrase', 'Passphrase? '],
  ['WPS', wpsQuestion],
  ['Username', 'WISPr username? '],
  ['Password', 'WISPr password? '],
];

/** Asked above, or another way to say one of them. */
const shownFields = new Set([...inputQuestions.map(([field]) => field), 'SSID', 'PreviousPassphrase']);

/**
 * ConnMan's client asks for its six fields; those that a driver asks for by names of its own come after them. Exported for
 * its table of conversations.
 */
export async function input(ask: Ask, fields: PropertyMap): Promise<Properties> {
  const answers = new Map<string, Variant>();
  const accepts = (field: string, answer: string): boolean => {
    if (field === 'Name') return answer !== '' && Buffer.byteLength(answer) <= maxSsidBytes;
    // A user who leaves the passphrase out needs WPS to go on.
    return field !== 'Passphrase' || answer !== '' || fields.has('WPS');
  };
  for (const [field, question] of inputQuestions) {
    if (!fields.has(field) || (field === 'WPS' && answers.has('Passphrase'))) continue;
    let answer = '';
    do answer = (await ask(question)) ?? '';
    while (!accepts(field, answer));
    if (field !== 'Passphrase' || answer !== '') answers.set(field, str(answer));
  }
  for (const [field, value] of fields) {
    if (shownFields.has(field)) continue;
    const isOptional = requirementOf(value) === 'optional';
    if (!isOptional && !isMandatory(value)) continue;
    const answer = (await ask(isOptional ? `${field} (empty line for none)? ` : `${field}? `)) ?? '';
    if (answer !== '' || !isOptional) answers.set(field, str(answer));
  }
  return answers;
}

async function authorize(ask: Ask, fields: PropertyMap): Promise<Properties> {
  if (fields.has('WPS')) return { WPS: str((await ask(wpsQuestion)) ?? '') };
  if (!(await yesOrNo(ask, 'Accept connection (yes/no)? '))) throw agentError('agent', 'Rejected');
  return {};
}

const vpnQuestions: readonly (readonly [field: string, question: string])[] = [
  ['OpenConnect.Cookie', 'OpenConnect Cookie? '],
  ['OpenConnect.ServerCert', 'OpenConnect server certificate hash? '],
  ['OpenConnect.VPNHost', 'OpenConnect VPN server? '],
  ['OpenConnect.SecondPassword', 'VPN one-time password? '],
  ['Username', 'VPN username? '],
  ['Password', 'VPN password? '],
];

/**
 * ConnMan's client asks for its six fields and gives up on any other; here a mandatory one is asked for by its name. Exported for
 * its table of conversations.
 */
export async function vpnInput(ask: Ask, fields: PropertyMap): Promise<Properties> {
  const answers = new Map<string, Variant>();
  const known = new Set(vpnQuestions.map(([field]) => field));
  const others = [...fields].flatMap(([field, value]) =>
    isMandatory(value) && !known.has(field) ? [[field, `${field}? `] as const] : [],
  );
  for (const [field, question] of [...vpnQuestions, ...others]) {
    if (fields.has(field)) answers.set(field, str((await ask(question)) ?? ''));
  }
  return answers;
}

function isMandatory(value: Variant): boolean {
  return requirementOf(value) === 'mandatory';
}

function requirementOf(value: Variant): string | undefined {
  return value.as('a{sv}')?.get('Requirement')?.as('s');
}
