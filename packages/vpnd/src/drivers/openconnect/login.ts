/** One run of `openconnect --authenticate`: questions get their answers on its standard input, and it prints the session. */
import { Secret } from '@connman/base';
import type { Process, ProcessExit } from '@connman/ports';
import { AgentRefusal, type Attempt } from '../../driver';
import { stopProcess } from '../shared/stop';
import type { DriverTools } from '../shared/tools';
import { isRefusal, parseAssignment, type Question, questionOf } from './login-output';

/** What the second half needs. */
export interface Session {
  readonly cookie: Secret;
  readonly host: string;
  /** Of the server's certificate: `pin-sha256:...`. */
  readonly fingerprint: string;
  /** NAME:ADDRESS, so that the second half reaches the same machine. */
  readonly resolve: string;
}

export type LoginOutcome = { readonly kind: 'session'; readonly session: Session } | { readonly kind: 'refused' };

export class Login {
  private readonly tools: DriverTools;
  private readonly attempt: Attempt;
  /** Username and Password, where the server wants them. */
  private readonly values: ReadonlyMap<string, Secret>;
  private readonly assigned = new Map<string, string>();
  private process: Process | undefined;
  private processEnded = () => {};
  private answered = '';
  private passwordGiven = false;
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
          this.processEnded();
          signal.removeEventListener('abort', stop);
          const outcome = this.outcome(exit, signal);
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        },
      });
    });
  }

  private stop(): void {
    if (this.process) this.processEnded = stopProcess(this.process, this.tools.clock);
  }

  private outcome(exit: ProcessExit, signal: AbortSignal): LoginOutcome | Error {
    const cookie = this.assigned.get('COOKIE');
    const get = (name: string) => this.assigned.get(name) ?? '';
    if (cookie) {
      const host = get('CONNECT_URL') || get('HOST');
      const rest = { host, fingerprint: get('FINGERPRINT'), resolve: get('RESOLVE') };
      return { kind: 'session', session: { cookie: new Secret(cookie), ...rest } };
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
    this.pin = /--servercert (\S+)/.exec(line)?.[1] ?? this.pin;
    if (/fail|error|refused|unable|unexpected|could not/i.test(line)) this.complaint = line.trim();
    if (this.passwordGiven && isRefusal(line)) this.refuse();
  }

  private refuse(): void {
    this.refused = true;
    this.stop();
  }

  private asked(text: string): void {
    const question = questionOf(text);
    // A question is heard again while it grows.
    if (question === undefined || text === this.answered) return;
    this.answered = text;
    // Asked for it again: the first one was wrong.
    const again = question === 'password' && this.passwordGiven;
    if (again && this.attempt.settings.get('OpenConnect.UseSecondPassword') !== 'true') return this.refuse();
    this.answer(question, text).then(
      (answer) => this.process?.write(`${answer}\n`),
      (error: unknown) => {
        this.failure = error;
        this.stop();
      },
    );
  }

  private async answer(question: Question, text: string): Promise<string> {
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
        return this.ask('OpenConnect.PKCSPassword', text, false);
      case 'password':
        if (this.passwordGiven || !this.values.has('Password'))
          return this.ask('OpenConnect.SecondPassword', text, true);
        this.passwordGiven = true;
        return this.given('Password');
      default:
        return this.ask('OpenConnect.SecondPassword', text, true);
    }
  }

  private given(name: string): string {
    return this.values.get(name)?.reveal() ?? '';
  }

  private async ask(name: string, prompt: string, once: boolean): Promise<string> {
    const values = await this.attempt.ask([
      { name, type: 'password', requirement: 'mandatory', ...(once && { once }) },
      { name: 'OpenConnect.Prompt', type: 'string', requirement: 'informational', value: prompt.trim() },
    ]);
    return values.get(name)?.reveal() ?? '';
  }
}
