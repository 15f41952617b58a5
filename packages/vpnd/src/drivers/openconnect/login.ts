/** One run of `openconnect --authenticate`: questions get their answers on its standard input, and it prints the session. */
import { Secret } from '@connman/base';
import type { Process, ProcessExit } from '@connman/ports';
import { AgentRefusal, type Attempt, type InputField } from '../../driver';
import { stopProcess } from '../shared/stop';
import type { DriverTools } from '../shared/tools';
import {
  isComplaint,
  isMessage,
  isRefusal,
  isSecondFactor,
  labelOf,
  parseAssignment,
  type Question,
  questionOf,
} from './login-output';

/** What the second half needs. */
export interface Session {
  readonly cookie: Secret;
  readonly host: string;
  /** Of the server's certificate: `pin-sha256:...`. */
  readonly fingerprint: string;
  /** NAME:ADDRESS, so that the second half reaches the same machine. */
  readonly resolve: string;
  /** Of the key of the user's certificate, or of its token: the second half asks for it as well. */
  readonly keyPassphrase?: Secret;
}

export type LoginOutcome = { readonly kind: 'session'; readonly session: Session } | { readonly kind: 'refused' };

export const passwordFields: readonly InputField[] = [
  { name: 'Username', setting: 'OpenConnect.Username', type: 'string', requirement: 'mandatory' },
  { name: 'Password', setting: 'OpenConnect.Password', type: 'password', requirement: 'mandatory' },
];

export class Login {
  private readonly tools: DriverTools;
  private readonly attempt: Attempt;
  /** Username and Password, where they were asked for beforehand. */
  private values: ReadonlyMap<string, Secret>;
  private readonly assigned = new Map<string, string>();
  private process: Process | undefined;
  private stopped: (() => void) | undefined;
  /** The question that is being answered; a line of output ends it. */
  private answering = '';
  /** Questions that were answered with something secret: one that is asked again was answered wrongly. */
  private readonly secretsGiven: string[] = [];
  /** What the server said before it asked. */
  private message = '';
  private keyPassphrase: Secret | undefined;
  private refused = false;
  private failure: unknown;
  private pin = '';
  private complaint = '';

  constructor(tools: DriverTools, attempt: Attempt, values: ReadonlyMap<string, Secret>) {
    this.tools = tools;
    this.attempt = attempt;
    this.values = values;
  }

  /** Rejects with an Error that says why not. */
  run(program: string, args: readonly string[], signal: AbortSignal): Promise<LoginOutcome> {
    return new Promise((resolve, reject) => {
      const stop = () => this.stop();
      signal.addEventListener('abort', stop, { once: true });
      const runAs = this.tools.runAs('openconnect');
      this.process = this.tools.processes.start({
        program,
        ...(runAs && { runAs }),
        args: ['--authenticate', ...args],
        output: 'lines',
        keepInput: true,
        onLine: (line, stream) => this.hear(line, stream),
        onPrompt: (text) => this.asked(text),
        onExit: (exit) => {
          this.stopped?.();
          signal.removeEventListener('abort', stop);
          const outcome = this.outcome(exit, signal);
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        },
      });
    });
  }

  private stop(): void {
    if (this.process) this.stopped ??= stopProcess(this.process, this.tools.clock);
  }

  private outcome(exit: ProcessExit, signal: AbortSignal): LoginOutcome | Error {
    const cookie = this.assigned.get('COOKIE');
    const get = (name: string) => this.assigned.get(name) ?? '';
    if (cookie) {
      const host = get('CONNECT_URL') || get('HOST');
      const rest = { host, fingerprint: get('FINGERPRINT'), resolve: get('RESOLVE') };
      const { keyPassphrase } = this;
      const session = { cookie: new Secret(cookie), ...rest, ...(keyPassphrase && { keyPassphrase }) };
      return { kind: 'session', session };
    }
    if (this.refused) return { kind: 'refused' };
    if (this.failure instanceof Error) return this.failure;
    if (signal.aborted) return new AgentRefusal('canceled', 'it was disconnected meanwhile');
    const reason = exit.kind === 'not-started' ? exit.error.message : this.complaint;
    return new Error(`openconnect could not log in${reason === '' ? '' : `: ${reason}`}`);
  }

  private hear(line: string, stream: 'out' | 'error'): void {
    const assignment = stream === 'out' ? parseAssignment(line) : undefined;
    if (assignment) {
      this.assigned.set(...assignment);
      return;
    }
    this.tools.log.debug(`${this.attempt.name}: openconnect: ${line}`);
    if (stream === 'error') this.answering = '';
    this.pin = /--servercert (\S+)/.exec(line)?.[1] ?? this.pin;
    if (isComplaint(line)) this.complaint = line.trim();
    if (isMessage(line)) this.message = line.trim();
    if (this.values.has('Password') && this.secretsGiven.length > 0 && isRefusal(line)) this.refuse();
  }

  private refuse(): void {
    this.refused = true;
    this.stop();
  }

  private asked(text: string): void {
    const question = questionOf(text);
    // A question is heard again while it grows.
    if (question === undefined || text === this.answering) return;
    this.answering = text;
    const label = labelOf(text);
    if (question === 'password' && this.isAskedAgain(label) && !isSecondFactor(this.message)) return this.refuse();
    this.answer(question, label).then(
      (answer) => {
        this.message = '';
        this.process?.write(`${answer}\n`);
      },
      (error: unknown) => {
        this.failure = error;
        this.stop();
      },
    );
  }

  private isAskedAgain(label: string): boolean {
    const { settings } = this.attempt;
    const allowed = settings.get('OpenConnect.UseSecondPassword') === 'true' ? 2 : 1;
    return this.secretsGiven.filter((given) => given === label).length >= allowed;
  }

  private async answer(question: Question, label: string): Promise<string> {
    const { settings, host } = this.attempt;
    switch (question) {
      case 'certificate': {
        if (settings.get('OpenConnect.AllowSelfSignedCert') === 'true') return 'yes';
        const advice = `check that its fingerprint is ${this.pin}, then set OpenConnect.ServerCert to it`;
        throw new AgentRefusal('failed', `the certificate of ${host} is not trusted; ${advice}`);
      }
      case 'username':
        return this.given('Username');
      case 'group':
        return settings.get('OpenConnect.Group') ?? '';
      case 'key-passphrase':
        if (this.secretsGiven.includes(label)) this.attempt.onAuthError('wrong passphrase or PIN');
        this.secretsGiven.push(label);
        this.keyPassphrase = new Secret(
          await this.ask({ name: 'OpenConnect.PKCSPassword', type: 'password', requirement: 'mandatory' }, label),
        );
        return this.keyPassphrase.reveal();
      case 'password':
        if (this.secretsGiven.some((given) => questionOf(given) === 'password')) break;
        this.secretsGiven.push(label);
        return this.given('Password');
    }
    this.secretsGiven.push(label);
    const name = 'OpenConnect.SecondPassword';
    return this.ask({ name, type: 'password', requirement: 'mandatory', once: !settings.has(name) }, label);
  }

  /** What was asked for beforehand, or is now: a certificate may not be all that the server wants. */
  private async given(name: 'Username' | 'Password'): Promise<string> {
    if (!this.values.has(name)) this.values = await this.attempt.ask(passwordFields);
    return this.values.get(name)?.reveal() ?? '';
  }

  private async ask(field: InputField, label: string): Promise<string> {
    const prompt = this.message === '' ? label : `${this.message} ${label}`;
    const values = await this.attempt.ask([
      field,
      { name: 'OpenConnect.Prompt', type: 'string', requirement: 'informational', value: prompt },
    ]);
    return values.get(field.name)?.reveal() ?? '';
  }
}
