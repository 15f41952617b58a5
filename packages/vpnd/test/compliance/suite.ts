/**
 * What every driver keeps to (src/driver.ts), as cases to be run against each of them, below the connection that drives it in the
 * daemon. A case throws if the driver does not.
 */
import { Secret } from '@connman/base';
import { Connection, type ConnectOutcome } from '../../src/connection/connection';
import type { RunningTunnel } from '../../src/connection/running';
import type { VpnDriver } from '../../src/driver';
import { vpnDrivers } from '../../src/drivers';
import type { Provider } from '../../src/provider/provider';
import { hostileProgram } from './hostile';
import { Machine } from './machine';

export interface VpnSubject {
  readonly type: string;
  /** Puts its programs on the machine. */
  install(machine: Machine): void;
  /** Takes a program it cannot do without away, and says what the driver has to name. */
  uninstall(machine: Machine): string;
  readonly settings: Readonly<Record<string, string>>;
  /** What an agent gives, with the password in the place of `PASSWORD`; undefined where the settings have all. */
  readonly answers?: Readonly<Record<string, string>>;
  /** Settings that no tunnel comes of. */
  readonly wrongSettings?: Readonly<Record<string, string>>;
  /** Values that must be seen nowhere. */
  readonly secrets: readonly string[];
}

export interface ComplianceCase {
  readonly name: string;
  /** All, if not given. */
  concerns?(subject: VpnSubject): boolean;
  run(subject: VpnSubject): Promise<void>;
}

const folder = '/run/connman-vpn/office';

/** One run of the daemon with one connection. */
class Run {
  readonly machine: Machine;
  readonly driver: VpnDriver;
  readonly connection: Connection;
  /** Passwords the agent gives, in this order; then it cancels. */
  passwords: string[] = [];
  /** Why the agent was asked, each time. */
  readonly asked: (string | undefined)[] = [];
  /** What the agent wanted saved. */
  saved: ReadonlyMap<string, Secret> | undefined;
  wantsSaving = false;
  running: RunningTunnel | undefined;
  outcome: ConnectOutcome | undefined;
  /** The server is reached by another way. */
  onMoved = () => {};
  private readonly subject: VpnSubject;

  constructor(subject: VpnSubject, machine: Machine, saved?: ReadonlyMap<string, Secret>) {
    this.subject = subject;
    this.machine = machine;
    const driver = vpnDrivers(machine.tools()).get(subject.type);
    if (!driver) throw new Error(`there is no VPN type ${subject.type}`);
    this.driver = driver;
    const provider: Provider = {
      ...{ ident: 'office', name: 'Office', type: subject.type, host: 'vpn.example', domain: '' },
      ...{ splitRouting: undefined, userRoutes: [], settings: new Map(Object.entries(subject.settings)) },
    };
    this.connection = new Connection(
      provider,
      {
        ...{ clock: machine.clock, log: machine.tools().log, defaults: new Map() },
        driverOf: () => this.driver,
        freeLinkName: (prefix) => `${prefix}0`,
        folderOf: () => folder,
        ask: async (_, { authFailure }) => {
          this.asked.push(authFailure);
          const password = this.passwords.shift() ?? '';
          const answers = new Map(
            Object.entries(subject.answers ?? {}).map(([name, text]) => [
              name,
              new Secret(text.replace('PASSWORD', password)),
            ]),
          );
          return this.wantsSaving ? answers.set('SaveCredentials', new Secret('true')) : answers;
        },
        onSave: (_connection, saved) => {
          this.saved = saved;
        },
        onChange() {},
        watchWays: (_facts, onMoved) => {
          this.onMoved = onMoved;
          return () => {};
        },
        onRunning: (_connection, running) => {
          this.running = running;
          if (!running) machine.files.remove(folder);
        },
      },
      saved,
    );
  }

  begin(...passwords: string[]): void {
    this.passwords = passwords;
    this.outcome = undefined;
    this.connection.connect(':1.1', (outcome) => {
      this.outcome = outcome;
    });
  }

  async connect(...passwords: string[]): Promise<ConnectOutcome> {
    this.begin(...passwords);
    await this.machine.until('the answer to Connect', () => this.outcome !== undefined);
    return this.outcome ?? fail('no answer');
  }

  async up(): Promise<void> {
    const { password } = this.machine.server;
    const outcome = await this.connect(password);
    if (outcome.kind !== 'ready') fail(`not up: ${JSON.stringify(outcome)}\n${this.machine.log.join('\n')}`);
  }

  async disconnect(): Promise<void> {
    let isIdle = false;
    this.connection.disconnect(() => {
      isIdle = true;
    });
    await this.machine.until('nothing to be left of it', () => isIdle);
  }

  /** No program, link, socket, file or timer. */
  async expectNothingLeft(): Promise<void> {
    const { processes, links, sockets, files, clock } = this.machine;
    await this.machine.pass(100);
    check(processes.running.length === 0, `${processes.running.map(({ name }) => name)} still runs`);
    check(links.size === 0, `${[...links.keys()]} is left`);
    check(sockets.paths.length === 0, `${sockets.paths} is listened at`);
    check(files.list(folder).length === 0, `${files.list(folder)} is left in ${folder}`);
    check(clock.pending === 0, `${clock.pending} timers are set`);
  }

  expectNoSecrets(): void {
    const { processes, log } = this.machine;
    const seen = [
      ...processes.started.flatMap(({ options }) => [...options.args, ...Object.values(options.environment ?? {})]),
      ...log,
      JSON.stringify(this.running ?? null),
    ];
    const secrets = [...this.subject.secrets, this.machine.server.password];
    for (const secret of secrets) {
      const place = seen.find((text) => text.includes(secret));
      if (place !== undefined) fail(`a secret is seen in ${JSON.stringify(place)}`);
    }
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}

function check(isSo: boolean, reason: string): void {
  if (!isSo) fail(reason);
}

function start(subject: VpnSubject): Run {
  const machine = new Machine();
  subject.install(machine);
  return new Run(subject, machine);
}

const hasCredentials = ({ answers }: VpnSubject) => answers !== undefined;

export const vpnCompliance: readonly ComplianceCase[] = [
  {
    name: 'says what is missing on the machine, by name',
    run: async (subject) => {
      const { driver, machine } = start(subject);
      check(driver.available().ok, 'nothing is missing, and it says otherwise');
      const missing = subject.uninstall(machine);
      const available = driver.available();
      check(
        !available.ok && available.error.includes(missing),
        `${missing} is not named: ${JSON.stringify(available)}`,
      );
    },
  },
  {
    name: 'names the setting that is wrong before anything is begun',
    concerns: ({ wrongSettings }) => wrongSettings !== undefined,
    run: async (subject) => {
      const { driver } = start(subject);
      const { settings, wrongSettings = {} } = subject;
      const verdict = (values: object) => driver.check(new Map(Object.entries(values)), 'vpn.example');
      check(verdict(settings) === undefined, 'right settings are refused');
      const wrong = verdict({ ...settings, ...wrongSettings }) ?? '';
      const [key = ''] = Object.keys(wrongSettings);
      check(wrong.includes(key), `${key} is not named: ${wrong}`);
    },
  },
  {
    name: 'comes up on a link that is on, with what the server gave, and no secret is seen',
    run: async (subject) => {
      const run = start(subject);
      await run.up();
      const { properties } = run.connection;
      const name = run.connection.linkName ?? '';
      const link = run.machine.links.get(name);
      check(link !== undefined, `there is no link ${name}`);
      check(properties.get('Index')?.value === link?.ifindex, 'another link is reported');
      check(properties.has('IPv4'), 'no address is reported');
      check(run.running?.record.interfaceName === name, 'a later run could not find it');
      run.expectNoSecrets();
      await run.disconnect();
      await run.expectNothingLeft();
      run.expectNoSecrets();
    },
  },
  {
    name: 'tells refused credentials from all else, and the next time the agent learns of it',
    concerns: hasCredentials,
    run: async (subject) => {
      const run = start(subject);
      const first = await run.connect('wrong', run.machine.server.password);
      if (first.kind !== 'ready') {
        check(first.kind === 'failed' && first.failure.kind === 'auth', `not as refused: ${JSON.stringify(first)}`);
        await run.expectNothingLeft();
        await run.up();
      }
      check(run.asked.length === 2, `asked ${run.asked.length} times`);
      check(run.asked[0] === undefined && run.asked[1] !== undefined, 'the agent did not learn why it was asked again');
      run.expectNoSecrets();
      await run.disconnect();
      await run.expectNothingLeft();
    },
  },
  {
    name: 'names what the agent wants saved, secrets as such, and asks no more where it was saved',
    concerns: hasCredentials,
    run: async (subject) => {
      const run = start(subject);
      run.wantsSaving = true;
      await run.up();
      const { saved, machine, driver } = run;
      const values = [...(saved ?? [])];
      check(values.length === Object.keys(subject.answers ?? {}).length, `saved are ${values.map(([name]) => name)}`);
      for (const [name, value] of values) {
        const isSecret = [...subject.secrets, machine.server.password].includes(value.reveal());
        check(driver.isSecret(name) === isSecret, `${name} is ${isSecret ? 'not ' : ''}taken for a secret`);
        check(isSecret || driver.stores(name), `${name} would not be stored`);
      }
      await run.disconnect();
      const later = new Run(subject, machine, saved);
      await later.up();
      check(later.asked.length === 0, 'the agent was asked again');
      later.expectNoSecrets();
    },
  },
  {
    name: 'is not refused by a server that is silent: the attempt fails in time, and nothing is left',
    concerns: hasCredentials,
    run: async (subject) => {
      const run = start(subject);
      run.machine.server.isUp = false;
      const outcome = await run.connect(run.machine.server.password);
      check(
        outcome.kind === 'failed' && outcome.failure.kind === 'connect',
        `not as silent: ${JSON.stringify(outcome)}`,
      );
      check(outcome.kind === 'failed' && outcome.failure.reason !== '', 'no reason is given');
      await run.machine.until('the end', () => run.connection.linkName === undefined);
      await run.expectNothingLeft();
      run.machine.server.isUp = true;
      await run.up();
    },
  },
  {
    name: 'reports a tunnel that ends by itself as a failure with a reason, and nothing is left',
    run: async (subject) => {
      const run = start(subject);
      await run.up();
      const [process] = run.machine.processes.running;
      if (process) process.end({ kind: 'signal', signal: 'SIGSEGV' });
      else run.machine.takeLink(run.connection.linkName ?? '');
      await run.machine.until('the failure', () => run.connection.state === 'failure');
      await run.expectNothingLeft();
      await run.up();
    },
  },
  {
    name: 'stays connected when its server is reached by another way, and the agent is not asked again',
    run: async (subject) => {
      const run = start(subject);
      await run.up();
      run.onMoved();
      await run.machine.pass(5_000);
      check(run.connection.state === 'ready', `it is in ${run.connection.state}`);
      check(run.machine.links.get(run.connection.linkName ?? '') !== undefined, 'its link is gone');
      check(run.asked.length <= 1, `the agent was asked ${run.asked.length} times`);
      await run.disconnect();
      await run.expectNothingLeft();
    },
  },
  {
    name: 'is ended while it connects, and nothing is left',
    run: async (subject) => {
      const run = start(subject);
      run.machine.server.isUp = false;
      run.begin(run.machine.server.password);
      await run.machine.pass(subject.answers ? 500 : 0);
      await run.disconnect();
      check(run.outcome?.kind === 'aborted', `the answer is ${JSON.stringify(run.outcome)}`);
      await run.expectNothingLeft();
    },
  },
  {
    name: 'is taken over by a later run of the daemon, which sees it end, and can end it',
    run: async (subject) => {
      const former = start(subject);
      await former.up();
      const { running, machine } = former;
      if (!running) return fail('nothing is written down for a later run');
      const later = new Run(subject, machine);
      const before = former.connection.properties;
      check(later.connection.resume(JSON.parse(JSON.stringify(running))), 'it was not taken over');
      check(
        JSON.stringify([...later.connection.properties]) === JSON.stringify([...before]),
        'it is another one after it was taken over',
      );
      await later.disconnect();
      check(machine.processes.running.length === 0, 'its program still runs');
      check(machine.links.size === 0, 'its link is left');
      const third = new Run(subject, machine);
      check(!third.connection.resume(running), 'what is gone was taken over');
    },
  },
  {
    name: 'ends a program that does not want to: SIGTERM, SIGINT, SIGKILL (rule 186)',
    run: async (subject) => {
      const run = start(subject);
      await run.up();
      const [process] = run.machine.processes.running;
      if (process) process.onSignal = () => {};
      await run.disconnect();
      if (process) check(process.signals.join() === 'SIGTERM,SIGINT,SIGKILL', `it was sent ${process.signals}`);
      await run.expectNothingLeft();
    },
  },
  {
    name: 'outlives whatever its programs say, ask and call back, and leaves nothing when it is ended',
    concerns: ({ type }) => type !== 'wireguard',
    run: async (subject) => {
      for (let seed = 1; seed <= 40; seed++) {
        const run = start(subject);
        const { installed } = run.machine.processes;
        for (const name of installed.keys()) installed.set(name, hostileProgram(run.machine, seed));
        run.begin(...Array.from({ length: 50 }, () => run.machine.server.password));
        await run.machine.pass(4_000);
        await run.disconnect();
        await run.expectNothingLeft();
        run.expectNoSecrets();
      }
    },
  },
  {
    name: 'runs its programs as the user and groups that are configured (rule 186)',
    run: async (subject) => {
      const run = start(subject);
      await run.up();
      for (const { name, options } of run.machine.processes.started)
        check(options.runAs === run.machine.user, `${name} runs as another user`);
    },
  },
];
