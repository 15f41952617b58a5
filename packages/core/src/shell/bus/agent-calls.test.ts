/** Agents on a real dbus-daemon: what they are asked, and what the engine hears of their answers. */
import { Secret } from '@connman/base';
import { agentErrors, agentInterface } from '@connman/contracts';
import { Bus, BusError, nodeBusStream, str, type Variant, variant } from '@connman/dbus';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import type { Happening } from '../../events';
import type { AgentAsk } from '../../model/agent/ask';
import { Secrets } from '../secrets';
import { AgentCalls } from './agent-calls';

let daemon: PrivateBus;
let bus: Bus;
let client: Bus;
let secrets: Secrets;
let heard: (happening: Happening) => void;
let asked: ReadonlyMap<string, Variant>;
let answer: () => Map<string, Variant>;

beforeAll(async () => {
  daemon = await startPrivateBus();
});
afterAll(() => daemon.stop());
beforeEach(async () => {
  const connect = () => Bus.connect({ stream: nodeBusStream, address: daemon.address });
  [bus, client, secrets] = [await connect(), await connect(), new Secrets()];
  client.export('/agent', agentInterface, {
    Release() {},
    Cancel() {},
    ReportError() {
      throw new BusError(agentErrors.retry, 'again');
    },
    ReportPeerError() {},
    RequestBrowser() {},
    RequestInput([, fields]) {
      asked = fields;
      return answer();
    },
    RequestPeerAuthorization: () => new Map(),
  });
});
afterEach(() => {
  bus.close();
  client.close();
});

function ask(question: AgentAsk): Promise<Happening> {
  const calls = new AgentCalls({ bus, secrets, dispatch: (happening) => heard(happening) });
  return new Promise((resolve) => {
    heard = resolve;
    const command = {
      kind: 'call-agent',
      requestId: 7,
      sender: client.uniqueName,
      path: '/agent',
      ask: question,
    } as const;
    calls.carryOut(command);
  });
}

const input = (values: object) => ({
  kind: 'agent',
  input: { kind: 'answer', requestId: 7, answer: { kind: 'reply', input: values } },
});

const passphrase = { name: 'Passphrase', type: 'psk', requirement: 'mandatory' } as const;

test('RequestInput has its fields in order, with the previous passphrase shown', async () => {
  answer = () => new Map();
  const previous = secrets.keep(new Secret('old secret'));
  await ask({
    member: 'RequestInput',
    service: 'wifi_a',
    fields: [passphrase, { name: 'PreviousPassphrase', type: 'psk', requirement: 'informational', previous }],
  });
  expect([...asked.keys()]).toEqual(['Passphrase', 'PreviousPassphrase']);
  const details = asked.get('PreviousPassphrase')?.as('a{sv}') ?? [];
  expect([...details].map(([name, { value }]) => [name, value])).toEqual([
    ['Type', 'psk'],
    ['Requirement', 'informational'],
    ['Value', 'old secret'],
  ]);
});

test('the engine hears of a passphrase by reference only', async () => {
  answer = () => new Map([['Passphrase', str('correct horse')]]);
  const happening = await ask({ member: 'RequestInput', service: 'wifi_a', fields: [passphrase], security: 'psk' });
  expect(happening).toEqual(input({ passphrase: { secret: 1 } }));
  expect(secrets.reveal({ secret: 1 }).reveal()).toBe('correct horse');
});

test('a passphrase that cannot be one is marked as unfit', async () => {
  answer = () => new Map([['Passphrase', str('short')]]);
  const happening = await ask({ member: 'RequestInput', service: 'wifi_a', fields: [passphrase], security: 'psk' });
  expect(happening).toEqual(input({ passphrase: { secret: 1 }, unfit: true }));
});

test('name, SSID, identity and push button arrive as what they are', async () => {
  answer = () =>
    new Map([
      ['Name', str('café')],
      ['SSID', variant('ay', Uint8Array.of(0x63, 0, 0xff))],
      ['Identity', str('me@example.org')],
      ['WPS', str('')],
      ['Surprise', str('ignored')],
    ]);
  const happening = await ask({ member: 'RequestInput', service: 'wifi_a', fields: [] });
  expect(happening).toEqual(input({ name: 'café', ssid: '6300ff', identity: 'me@example.org', wps: {} }));
});

test('a refusal arrives by its name', async () => {
  expect(await ask({ member: 'ReportError', service: 'wifi_a', error: 'invalid-key' })).toEqual({
    kind: 'agent',
    input: { kind: 'answer', requestId: 7, answer: { kind: 'error', name: agentErrors.retry } },
  });
});
