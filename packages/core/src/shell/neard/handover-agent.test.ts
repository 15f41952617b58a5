import { silentLogger } from '@connman/base';
import { BusError, bool, bytes, str, type Variant } from '@connman/dbus';
import { ManualClock, ScriptedBus, type ScriptedCall } from '@connman/testkit';
import type { Intent } from '../../events';
import { emptySnapshot } from '../publish/snapshot';
import { Secrets } from '../secrets';
import { HandoverAgent } from './handover-agent';
import { decodeCredential, encodeCredential } from './wsc';

const agentPath = '/net/connman/neard_handover_agent';
const home = { ssid: new TextEncoder().encode('Home'), key: 'correct horse' };

/** @param managerPath where this neard has its manager of agents */
function begin(managerPath = '/org/neard', wifi: Record<string, Variant> = {}) {
  const clock = new ManualClock();
  const bus = new ScriptedBus(clock);
  const registered: unknown[] = [];
  const intents: Intent[] = [];
  const logged: string[] = [];
  const log = {
    ...silentLogger,
    info: (text: string) => logged.push(text),
    warning: (text: string) => logged.push(text),
  };
  const secrets = new Secrets();
  const technologies = new Map([['/net/connman/technology/wifi', new Map(Object.entries(wifi))]]);
  const agent = new HandoverAgent({
    ...{ bus: bus.client, log, secrets },
    snapshot: () => ({ ...emptySnapshot, technologies }),
    ask: (call, intent) => {
      intents.push(intent);
      call.reply();
      return undefined as never;
    },
  });
  let neard = '';
  bus.client.watchOwner('org.neard', (owner) => {
    neard = owner ?? '';
    agent.appeared(owner);
  });
  bus.own('org.neard', {
    call({ path, interface: name, member, args, answer }: ScriptedCall) {
      if (path !== managerPath) throw new BusError('org.freedesktop.DBus.Error.UnknownObject', path);
      registered.push([name, member, ...args]);
      answer();
    },
  });
  const call = (member: string, args: readonly unknown[], sender: string = neard) => {
    const answers: unknown[] = [];
    bus.callClient(agentPath, member, args, (value) => answers.push(value), sender);
    return answers[0];
  };
  const pass = async () => {
    for (let i = 0; i < 10; i++) {
      clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { bus, registered, intents, logged, secrets, call, pass };
}

const message = (value: Uint8Array) => [new Map([['WSC', bytes(value)]])];

test.each([
  ['/org/neard', 'org.neard.AgentManager'],
  ['/', 'org.neard.Manager'],
])('it registers for Wi-Fi with a neard whose manager is at %s', async (path, name) => {
  const { registered, logged, pass } = begin(path);
  await pass();
  expect(registered).toEqual([[name, 'RegisterHandoverAgent', agentPath, 'wifi']]);
  expect(logged).toEqual(['neard hands over Wi-Fi networks from now on']);
});

test('one that takes no agent is a warning', async () => {
  const { logged, pass } = begin('/nowhere');
  await pass();
  expect(logged).toEqual(['neard takes no handover agent for Wi-Fi (/); networks are not joined by NFC']);
});

test('a network that is handed over is joined, and no intent holds its key', () => {
  const { call, intents, secrets } = begin();
  call('PushOOB', message(encodeCredential(home)));
  expect(intents).toEqual([{ kind: 'join', ssid: '486f6d65', passphrase: { secret: expect.any(Number) } }]);
  const [intent] = intents;
  expect(intent?.kind === 'join' && intent.passphrase && secrets.reveal(intent.passphrase).reveal()).toBe(
    'correct horse',
  );
  call('PushOOB', message(encodeCredential({ ssid: home.ssid })));
  expect(intents.at(-1)).toEqual({ kind: 'join', ssid: '486f6d65' });
});

test.each([
  ['that is no network', message(Uint8Array.of(1, 2, 3)), 'it is cut short'],
  ['without one', [new Map()], 'no Wi-Fi network is handed over'],
])('a message %s is refused', (_, args, text) => {
  const { call, intents } = begin();
  const answer = call('PushOOB', args);
  expect(answer).toMatchObject({ errorName: 'org.neard.HandoverAgent.Error.Failed', message: text });
  expect(intents).toEqual([]);
});

test('the network that this machine shares is given, while it is shared', () => {
  const shared = { Tethering: bool(true), TetheringIdentifier: str('Home'), TetheringPassphrase: str('correct horse') };
  const given = begin('/org/neard', shared).call('RequestOOB', [new Map()]) as { WSC: Variant };
  expect(decodeCredential(given.WSC.value as Uint8Array)).toEqual({ ok: true, value: home });
  const none = begin('/org/neard', { ...shared, Tethering: bool(false) }).call('RequestOOB', [new Map()]);
  expect(none).toMatchObject({ message: 'no Wi-Fi network is shared' });
});

test.each(['PushOOB', 'RequestOOB', 'Release'])('%s of another program is refused', (member) => {
  const { call, intents } = begin();
  const answer = call(member, message(encodeCredential(home)), ':1.99');
  expect(answer).toMatchObject({ errorName: 'org.freedesktop.DBus.Error.AccessDenied' });
  expect(intents).toEqual([]);
});

test('what neard says of the carrier’s power beside the network, as phones do in a handover, changes nothing', () => {
  const { call, intents } = begin();
  const [data] = message(encodeCredential(home));
  call('PushOOB', [new Map([...(data ?? []), ['State', str('activating')]])]);
  expect(intents).toEqual([{ kind: 'join', ssid: '486f6d65', passphrase: { secret: expect.any(Number) } }]);
});

test('the longest network that can be shared has room in neard, which takes 255 bytes and looks at none above', () => {
  const shared = {
    ...{ Tethering: bool(true), TetheringIdentifier: str('n'.repeat(32)) },
    TetheringPassphrase: str('k'.repeat(64)),
  };
  const given = begin('/org/neard', shared).call('RequestOOB', [new Map()]) as { WSC: Variant };
  expect((given.WSC.value as Uint8Array).length).toBeLessThan(256);
  expect(Object.keys(given)).toEqual(['WSC']);
});
