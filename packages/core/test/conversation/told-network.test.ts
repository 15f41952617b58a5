/** A Wi-Fi network whose name and passphrase were handed over by NFC. */
import { Secret } from '@connman/base';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

const hex = (name: string) => Buffer.from(name).toString('hex');

function begin() {
  const bench = new Bench();
  const radio = bench.addRadio('wlan0');
  radio.put({ name: 'Home', security: 'psk', passphrase: 'correct horse' });
  radio.put({ name: 'Cafe' });
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(1000);
  const join = (name: string, passphrase?: string) => {
    const known = passphrase === undefined ? {} : { passphrase: bench.secrets.keep(new Secret(passphrase)) };
    return bench.daemon.ask({ kind: 'join', ssid: hex(name), ...known });
  };
  return { bench, radio, join };
}

test('is joined without a question, and the passphrase is stored with the service', () => {
  const { bench, radio, join } = begin();
  const operation = join('Home', 'correct horse');
  bench.advance(200);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(bench.daemon.answers.get(operation)).toEqual({ ok: true });
  expect([bench.stateOfName('Home'), bench.asked]).toEqual(['online', []]);
  bench.restart();
  bench.advance(2000);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
  bench.advance(2000);
  expect([bench.stateOfName('Home'), bench.asked]).toEqual(['online', []]);
});

test('an open one is joined by its name', () => {
  const { bench, radio, join } = begin();
  join('Cafe');
  bench.advance(200);
  expect(radio.joined).toEqual(['Cafe']);
});

test('with a wrong passphrase it fails as with one that a user typed', () => {
  const { bench, radio, join } = begin();
  join('Home', 'a wrong passphrase');
  bench.advance(30_000);
  expect([radio.joined, bench.stateOfName('Home')]).toEqual([[], 'failure']);
});

test.each([
  ['that is out of range', 'Away', 'correct horse'],
  ['of the same name with another security', 'Home', undefined],
])('one %s is refused at once', (_, name, passphrase) => {
  const { bench, join } = begin();
  const operation = join(name, passphrase);
  expect(bench.daemon.answers.get(operation)).toEqual({
    ...{ ok: false, error: 'NoCarrier', reason: 'no such network is in range' },
  });
});
