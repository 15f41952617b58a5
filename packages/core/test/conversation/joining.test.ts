/** What the user is asked before a network can be joined, and what the answers lead to (rules 59 to 63, 220 to 222). */
import { Secret } from '@connman/base';
import { type NetworkFact, type NetworkSecurity, networkId, type WifiFacts } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { AgentInput, AskedField } from '../../src/model/agent/ask';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

type Offers = WifiFacts['offers'];

function begin() {
  const bench = new Bench();
  const radio = bench.addRadio('wlan0');
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(1000);
  /** What the agent was asked, and what it says to each question. */
  const questions: (readonly AskedField[])[] = [];
  const agentSays = (...answers: readonly AgentInput[]) => {
    const left = [...answers];
    bench.registerAgent((ask, answer) => {
      if (ask.member !== 'RequestInput') return answer({ kind: 'reply' });
      questions.push(ask.fields);
      const input = left.shift();
      answer(input ? { kind: 'reply', input } : { kind: 'error', name: 'net.connman.Agent.Error.Canceled' });
    });
  };
  /** An access point as a driver reports it. */
  const report = (name: string, security: NetworkSecurity, offers: Offers = []): NetworkFact => {
    const ssid = Buffer.from(name).toString('hex');
    const group = `${ssid || 'hidden'}_managed_${security}`;
    const bssid = '02:00:00:00:ff:02' as MacAddress;
    const fact: NetworkFact = {
      ...{ id: networkId(`${radio.device}/${group}`), device: radio.device, group, name, strength: 60 },
      wifi: { ssid, security, offers, frequency: 2437, bssid },
      link: { kind: 'idle' },
    };
    radio.emit({ kind: 'networks', changed: [fact], gone: [] });
    return fact;
  };
  const connect = (name: string) => bench.daemon.ask({ kind: 'connect', service: bench.idOfName(name) });
  const keep = (text: string) => bench.secrets.keep(new Secret(text));
  const attempts = () => radio.commands.flatMap((one) => (one.kind === 'associate' ? [one] : []));
  return { bench, radio, questions, agentSays, report, connect, keep, attempts };
}

const namesOf = (questions: readonly (readonly AskedField[])[]) =>
  questions.map((fields) => fields.map((field) => field.name));

test('a hidden network asks for its name first, and the service of that name is connected in the same Connect', () => {
  const { bench, radio, questions, agentSays, report, connect, keep } = begin();
  radio.put({ name: 'Secret', security: 'psk', passphrase: 'correct horse', hidden: true, frequency: 2437 });
  report('', 'psk');
  agentSays({ name: 'Secret', passphrase: keep('correct horse') });
  const operation = connect('');
  bench.advance(500);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
  bench.advance(500);
  expect(namesOf(questions)).toEqual([['Name', 'SSID', 'Passphrase']]);
  expect(questions[0]?.slice(0, 2)).toEqual([
    { name: 'Name', type: 'string', requirement: 'mandatory', alternates: ['SSID'] },
    { name: 'SSID', type: 'ssid', requirement: 'alternate' },
  ]);
  expect(bench.daemon.answers.get(operation)).toEqual({ ok: true });
  expect(bench.stateOfName('Secret')).toBe('online');
  expect(bench.serviceOfName('Secret')?.settings.access).toMatchObject({ hidden: true, ssid: '536563726574' });
});

test('a hidden network that is hidden no more once its name is known is connected all the same', () => {
  const { bench, radio, agentSays, report, connect } = begin();
  radio.put({ name: 'Secret', hidden: true, frequency: 2437 });
  const { id } = report('', 'none');
  agentSays({ name: 'Secret' });
  connect('');
  radio.emit({ kind: 'networks', changed: [], gone: [id] });
  bench.advance(500);
  expect(radio.joined).toEqual(['Secret']);
  expect(bench.names()).toEqual(['Secret']);
});

test('a hidden network may be named by the bytes of its SSID', () => {
  const { bench, radio, agentSays, report, connect } = begin();
  radio.put({ name: 'Secret', hidden: true, frequency: 2437 });
  report('', 'none');
  agentSays({ ssid: '536563726574' });
  connect('');
  bench.advance(500);
  expect(radio.joined).toEqual(['Secret']);
});

test('a name that no network answers to fails, and is asked for again the next time', () => {
  const { bench, radio, questions, agentSays, report, connect } = begin();
  report('', 'none');
  agentSays({ name: 'Nowhere' }, { name: 'Secret' });
  const operation = connect('');
  bench.advance(2000);
  expect(bench.daemon.answers.get(operation)).toEqual({
    ...{ ok: false, error: 'Failed', text: 'no network answers to the name Nowhere' },
  });
  radio.put({ name: 'Secret', hidden: true, frequency: 2437 });
  report('', 'none');
  connect('');
  bench.advance(500);
  expect(namesOf(questions)).toEqual([
    ['Name', 'SSID'],
    ['Name', 'SSID'],
  ]);
  expect(radio.joined).toEqual(['Secret']);
});

test('where the access point offers WPS the user may choose it, by button or by PIN', () => {
  for (const pin of [undefined, '12345670']) {
    const { bench, questions, agentSays, report, connect, keep, attempts } = begin();
    report('Home', 'psk', ['psk', 'wps']);
    agentSays({ wps: pin === undefined ? {} : { pin: keep(pin) } });
    connect('Home');
    bench.advance(100);
    expect(questions).toEqual([
      [
        { name: 'Passphrase', type: 'psk', requirement: 'mandatory', alternates: ['WPS'] },
        { name: 'WPS', type: 'wpspin', requirement: 'alternate' },
      ],
    ]);
    const [attempt] = attempts();
    expect(attempt?.profile.wps?.pin?.reveal()).toBe(pin);
    expect(attempt?.profile).not.toHaveProperty('passphrase');
  }
});

test('an enterprise network needs identity and password, and nothing else', () => {
  const { bench, questions, agentSays, report, connect, keep, attempts } = begin();
  report('Corp', 'ieee8021x');
  agentSays({ identity: 'alice', passphrase: keep('wonderland') });
  connect('Corp');
  bench.advance(100);
  expect(namesOf(questions)).toEqual([['Identity', 'Passphrase']]);
  expect(attempts()[0]?.profile.eap).toMatchObject({ method: 'peap', phase2: 'MSCHAPV2', identity: 'alice' });
});

test('an answer that leaves out what was asked ends Connect with InvalidArguments, and is not asked again', () => {
  const { bench, questions, agentSays, report, connect } = begin();
  report('Home', 'psk');
  agentSays({}, {});
  const operation = connect('Home');
  bench.advance(100);
  expect(bench.daemon.answers.get(operation)).toEqual({ ok: false, error: 'InvalidArguments' });
  expect(questions).toHaveLength(1);
  expect(bench.stateOfName('Home')).toBe('idle');
});
