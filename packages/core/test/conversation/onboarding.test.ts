/** A machine without a way out becomes an access point with a page, and joins what is chosen there (OnboardingAfter). */
import { Secret } from '@connman/base';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

type Radio = ReturnType<Bench['addRadio']>;

const home = { name: 'Home', security: 'psk', passphrase: 'correct horse' } as const;
const cafe = { name: 'Cafe', strength: 60 } as const;
const ssid = Buffer.from('Home').toString('hex');
const own = Buffer.from('box').toString('hex');
const config = { onboarding: { afterMs: 60_000, ssid: own } };

/** What the radio was last told about an access point. */
const told = (radio: Radio) =>
  radio.commands.flatMap((one) => (one.kind === 'set-tethering' ? [one.access?.ssid ?? 'none'] : [])).at(-1);
/** What the page shows now. */
const page = (bench: Bench) => {
  const text = bench.daemon.engine.world.handedOut.get('portal');
  return text === undefined ? undefined : JSON.parse(text);
};

/** A radio drops its networks when it becomes an access point. */
function follow(radio: Radio): void {
  if (told(radio) === own) {
    radio.emit({ kind: 'networks', changed: [], gone: ['Home', 'Cafe'].map((name) => radio.idOf(name)) });
    radio.share([]);
  } else radio.share(undefined);
}

function begin(more: ConstructorParameters<typeof Bench>[0] = config, radios = 1) {
  const bench = new Bench(more);
  const all = Array.from({ length: radios }, (_, i) => {
    const radio = bench.addRadio(`wlan${i}`, `radio${i}`);
    radio.canTether = true;
    for (const network of [home, cafe]) radio.put({ ...network });
    return radio;
  });
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(1000);
  return { bench, radio: all[0] as Radio, radios: all };
}

/** And alone for so long that the access point is on. */
function opened(radios = 1) {
  const begun = begin(config, radios);
  const { bench } = begun;
  bench.advance(60_000);
  const radio = begun.radios.find((one) => told(one) === own);
  if (!radio) throw new Error('no radio was made an access point');
  follow(radio);
  bench.advance(500);
  return { ...begun, radio };
}

const choose = (bench: Bench, passphrase: string) =>
  bench.ask({ kind: 'onboard', ssid, passphrase: bench.secrets.keep(new Secret(passphrase)) });

test('without OnboardingAfter nothing becomes an access point', () => {
  const { bench, radio } = begin({});
  bench.advance(3_600_000);
  expect([told(radio), page(bench)]).toEqual([undefined, undefined]);
});

test('after a minute without a way out there is an access point, not before; clients are led to its page', () => {
  const { bench, radio } = begin();
  bench.advance(58_000);
  expect(told(radio)).toBeUndefined();
  bench.advance(2000);
  expect(told(radio)).toBe(own);
  follow(radio);
  bench.advance(500);
  expect(page(bench)).toMatchObject({
    ...{ address: '192.168.0.1', failure: '' },
    networks: [
      { ssid, security: 'psk', strength: 70 },
      { ssid: '43616665', security: 'none', strength: 60 },
    ],
  });
  expect([...bench.dhcpServers.values()]).toMatchObject([{ captivePortal: 'http://192.168.0.1/api' }]);
  expect(bench.dnsPlan?.hosts).toContainEqual({ name: '*', address: '192.168.0.1' });
});

test('with one radio the access point goes for a try; a wrong passphrase brings it back within seconds, with the reason', () => {
  const { bench, radio } = opened();
  expect(choose(bench, 'wrong horse')).toEqual({ ok: true });
  expect(told(radio)).toBe('none');
  follow(radio);
  bench.advance(3000);
  expect(told(radio)).toBe(own);
  follow(radio);
  bench.advance(500);
  expect(page(bench)).toMatchObject({ failure: 'The passphrase is wrong.' });
  expect(bench.asked).toEqual([]);
  expect(JSON.stringify(bench.trace)).not.toContain('wrong horse');
  // Nothing of the try is left: the network is not known.
  bench.advance(60_000);
  expect(radio.commands.filter(({ kind }) => kind === 'associate')).toHaveLength(1);
  expect(bench.daemon.engine.world.services.soughtAfter.size('wifi')).toBe(0);
});

test('the right passphrase: joined, kept as a favorite, and the access point stays away', () => {
  const { bench, radio } = opened();
  choose(bench, 'correct horse');
  follow(radio);
  bench.advance(1500);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
  bench.advance(2000);
  expect([bench.stateOfName('Home'), told(radio)]).toEqual(['online', 'none']);
  expect(bench.serviceOfName('Home')).toMatchObject({ stored: true, settings: { favorite: true } });
  bench.advance(3_600_000);
  expect(told(radio)).toBe('none');
  expect([page(bench), bench.dhcpServers.size]).toEqual([undefined, 0]);
});

test('with two radios the access point stays while the other one tries, and goes when that worked', () => {
  const { bench, radio, radios } = opened(2);
  const other = radios.find((one) => one !== radio) as Radio;
  choose(bench, 'wrong horse');
  bench.advance(3000);
  expect([told(radio), other.joined]).toEqual([own, []]);
  expect(page(bench)).toMatchObject({ failure: 'The passphrase is wrong.' });
  choose(bench, 'correct horse');
  bench.advance(1000);
  expect([told(radio), other.joined]).toEqual([own, ['Home']]);
  bench.dhcp.bound(other.ifindex, leaseOf('10.0.0.5'));
  bench.advance(2000);
  expect([bench.stateOfName('Home'), told(radio)]).toEqual(['online', 'none']);
});

test('a network that never gives an address, and one that is gone, are failures with reasons of their own', () => {
  const { bench, radio } = opened();
  choose(bench, 'correct horse');
  follow(radio);
  bench.advance(46_000);
  expect(told(radio)).toBe(own);
  follow(radio);
  bench.advance(500);
  expect(page(bench)).toMatchObject({ failure: expect.stringMatching(/no address|in time/) });
  radio.remove('Home');
  choose(bench, 'correct horse');
  follow(radio);
  bench.advance(46_000);
  follow(radio);
  bench.advance(500);
  expect(page(bench)).toMatchObject({ failure: 'No such network is in range.' });
});

test('a cable ends it; a second choice while one is tried is refused', () => {
  const { bench, radio } = opened();
  choose(bench, 'correct horse');
  expect(choose(bench, 'correct horse')).toEqual({ ok: false, error: 'InProgress' });
  follow(radio);
  bench.advance(46_000);
  follow(radio);
  bench.advance(500);
  const eth0 = bench.addLink('eth0');
  bench.advance(500);
  bench.dhcp.bound(eth0, leaseOf('10.1.0.5'));
  bench.advance(2000);
  expect(told(radio)).toBe('none');
});

test('an access point that the radio refuses is tried again after as long as the first time', () => {
  const { bench, radio } = begin();
  bench.advance(60_000);
  radio.emit({ kind: 'tethering', device: radio.device, on: false, reason: 'no open access points' });
  const commands = radio.commands.length;
  bench.advance(50_000);
  expect(radio.commands.slice(commands).filter((one) => one.kind === 'set-tethering' && one.access)).toEqual([]);
  bench.advance(12_000);
  expect(told(radio)).toBe(own);
});
