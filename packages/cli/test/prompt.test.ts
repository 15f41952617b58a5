/** The prompt: lines from a pipe, and a real terminal with completion, history and the agent's questions. */
import { type BusError, dict, str } from '@connman/dbus';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import { Connmanctl, type Running } from './connmanctl';
import { FakeConnman } from './fake-connman';
import { home, scene, wired } from './scene';

jest.setTimeout(30_000);

const program = new Connmanctl();
const service = `/net/connman/service/${wired}`;
let bus: PrivateBus;
let connman: FakeConnman;

beforeAll(async () => {
  bus = await startPrivateBus();
});
beforeEach(async () => {
  connman = await FakeConnman.start(bus.address, scene);
});
afterEach(() => connman.stop());
afterAll(async () => {
  await bus.stop();
  program.remove();
});

test('commands from a pipe run one after the other, and the end of input waits for the last answer', async () => {
  const prompt = program.start([], bus.address);
  prompt.type(`state\n\nfoo\nenable\nconnect ${wired}\nservices`);
  prompt.end();
  expect(await prompt.finished).toEqual({
    out:
      '  State = online\n  OfflineMode = False\n  SessionMode = False\n' +
      `Connected ${wired}\n*AO Wired                ${wired}\n    Home                 ${home}\n`,
    error:
      "Error 'foo': Unknown command\n  connmanctl help lists the commands\nError 'enable': Invalid argument\n  a technology is missing; usage: connmanctl enable <technology>|offline\n",
    status: 0,
  });
});

test('--json at the prompt is of the line it stands in', async () => {
  const prompt = program.start([], bus.address);
  prompt.type('--json state\nservices --json\nstate\nconnect --json x\n');
  prompt.end();
  const { out, error } = await prompt.finished;
  const [state, services, ...rest] = out.split('\n');
  expect(JSON.parse(state ?? '')).toEqual({ State: 'online', OfflineMode: false, SessionMode: false });
  expect(JSON.parse(services ?? '')).toHaveLength(2);
  expect(rest).toEqual(['  State = online', '  OfflineMode = False', '  SessionMode = False', '']);
  expect(error).toContain('connect has no --json');
});

test('help at the prompt has neither head nor note; quit ends with 0 and what follows is not run', async () => {
  const prompt = program.start([], bus.address);
  prompt.type('help\nquit\nstate\n');
  const { out, status } = await prompt.finished;
  expect([out.startsWith('state '), out.includes('Note'), out.includes('State ='), status]).toEqual([
    true,
    false,
    false,
    0,
  ]);
});

describe('on a terminal', () => {
  let prompt: Running;

  beforeEach(async () => {
    prompt = program.startOnTerminal(bus.address);
    await prompt.until('connmanctl> ');
  });
  afterEach(async () => {
    prompt.type('\x15quit\r');
    expect((await prompt.finished).status).toBe(0);
  });

  const enter = async (line: string, until: string) => {
    prompt.type(`${line}\r`);
    return prompt.until(until);
  };

  test('the tabulator completes commands, services and options', async () => {
    prompt.type('ser\t');
    await prompt.until('vices ');
    await connman.called(/GetServices/);
    // The listing has been asked for; the answer to a command after it says that it is there.
    await enter('\x15state', 'SessionMode');
    prompt.type('config eth\t');
    await prompt.until(wired.slice('eth'.length));
    prompt.type('--time\t');
    await prompt.until('servers ');
    prompt.type('a.example\r');
    expect(await connman.called(/SetProperty/)).toBe(
      `service/${wired} SetProperty Timeservers.Configuration as ["a.example"]`,
    );
  });

  test('the arrow brings earlier lines back', async () => {
    await enter('technologies', 'WiFi');
    await enter('peers', 'Joe');
    prompt.type('\x1b[A\x1b[A\r');
    await prompt.until('/net/connman/technology/ethernet');
  });

  test('text that arrives is printed above the line being typed', async () => {
    await enter('monitor --services', 'connmanctl> ');
    await enter('state', 'SessionMode');
    prompt.type('serv');
    await prompt.until('serv');
    connman.propertyChanged(`service/${home}`, 'State', str('ready'));
    const text = await prompt.until('connmanctl> serv');
    expect(text).toContain(`Service      ${home} State = ready\r\n`);
  });

  test('what a portal or a VPN server says steers no terminal', async () => {
    await enter('agent on', 'Agent registered');
    const browser = connman.agent().call('RequestBrowser', [service, 'http://portal.test/\x1b]0;owned\x07']);
    expect(await prompt.until('yes/no')).toContain('  http://portal.test/\\x1b]0;owned\\x07\r\n');
    await enter('no', 'connmanctl> ');
    await expect(browser).rejects.toMatchObject({ errorName: 'net.connman.Agent.Error.Canceled' });
    const report = connman.agent().call('ReportError', [service, 'gone\x1b[2J']);
    expect(await prompt.until('Retry')).toContain('  gone\\x1b[2J\r\n');
    await enter('no', 'connmanctl> ');
    await report;
  });

  test('the agent asks, repeats what makes no sense, and gives the answer back', async () => {
    await enter('agent on', 'Agent registered');
    const agent = connman.agent();
    const answer = agent.call('RequestInput', [service, { Passphrase: dict({ Type: str('psk') }) }]);
    const head = await prompt.until('Passphrase? ');
    expect(head).toContain(`Agent RequestInput ${wired}\r\n  Passphrase = [ Type=psk ]\r\n`);
    await enter('', 'Passphrase? ');
    prompt.type('secret word\r');
    expect((await answer).get('Passphrase')?.value).toBe('secret word');
    // An answer is no command: the arrow brings back the line before it.
    prompt.type('\x1b[A\r');
    await prompt.until('Agent already registered');
  });

  test('questions wait for their turn, and a line half typed comes back after them', async () => {
    await enter('agent on', 'Agent registered');
    const agent = connman.agent();
    prompt.type('peer');
    await prompt.until('peer');
    const browser = agent.call('RequestBrowser', [service, 'http://portal.example/']);
    const report = agent.call('ReportError', [service, 'invalid-key']).catch((error: BusError) => error.errorName);
    expect(await prompt.until('Connected (yes/no)? ')).toContain('  http://portal.example/\r\n');
    await enter('perhaps', 'Connected (yes/no)? ');
    await enter(' Yes', 'Retry (yes/no)? ');
    await browser;
    prompt.type('y\r');
    expect(await report).toBe('net.connman.Agent.Error.Retry');
    await prompt.until('peer');
    prompt.type('s\r');
    await prompt.until('Joe idle peer_a');
  });

  test('what a person declines is told to the daemon', async () => {
    await enter('agent on', 'Agent registered');
    const agent = connman.agent();
    const browser = agent.call('RequestBrowser', [service, 'http://x/']);
    await prompt.until('Connected (yes/no)? ');
    prompt.type('no\r');
    await expect(browser).rejects.toMatchObject({ errorName: 'net.connman.Agent.Error.Canceled' });
    const peer = agent.call('RequestPeerAuthorization', ['/net/connman/peer/peer_a', {}]);
    await prompt.until('Accept connection (yes/no)? ');
    prompt.type('n\r');
    await expect(peer).rejects.toMatchObject({ errorName: 'net.connman.Agent.Error.Rejected' });
    const retry = agent.call('ReportError', [service, 'invalid-key']);
    await prompt.until('Retry (yes/no)? ');
    prompt.type('no\r');
    await retry;
  });

  test('a request taken back takes its question along', async () => {
    await enter('agent on', 'Agent registered');
    const agent = connman.agent();
    const input = agent.call('RequestInput', [service, { Name: dict({}) }]).catch((error: BusError) => error.errorName);
    await prompt.until('Hidden SSID name? ');
    prompt.type('half');
    await prompt.until('half');
    await agent.call('Cancel', []);
    await prompt.until('Agent request cancelled by ConnMan');
    expect(await input).toBe('net.connman.Agent.Error.Canceled');
    await enter('state', 'SessionMode');
    await agent.call('Release', []);
    await prompt.until('Agent unregistered by ConnMan');
    await enter('agent off', 'Agent not registered');
  });

  test('the VPN agent asks in words of its own', async () => {
    await enter('vpnagent on', 'VPN Agent registered');
    const answer = connman
      .vpnAgent()
      .call('RequestInput', ['/net/connman/vpn/connection/host', { Username: dict({}), Password: dict({}) }]);
    await prompt.until('VPN username? ');
    await enter('me', 'VPN password? ');
    prompt.type('secret\r');
    const fields = await answer;
    expect([...fields].map(([key, value]) => `${key}=${value.value}`)).toEqual(['Username=me', 'Password=secret']);
  });

  test('the end of input leaves', async () => {
    prompt.type('\x04');
    expect((await prompt.finished).status).toBe(0);
  });
});

test('on a narrow terminal the help and an error have no line that is wider', async () => {
  const prompt = program.startOnTerminal(bus.address, 48);
  await prompt.until('connmanctl> ');
  prompt.type('help\r');
  const help = await prompt.until('connmanctl> ');
  prompt.type('connect ethernet_nowhere_at_all_cable\r');
  const error = await prompt.until('connmanctl> ');
  prompt.type('quit\r');
  await prompt.finished;
  const wide = `${help}${error}`
    .split(/\r?\n/)
    .filter((line) => line.trim().includes(' ') && line.length > 48 && !line.includes('connmanctl> '));
  expect(wide).toEqual([]);
  expect(help.split('\n').length).toBeGreaterThan(40);
});
