import { Secret } from '@connman/base';
import { deviceId, networkId, type TechnologyDriver, type TechnologyEvent } from '@connman/contracts';
import type { Happening } from '../events';
import { Drivers } from './drivers';
import { Secrets } from './secrets';

const device = deviceId('radio/wlan0');
const home = networkId('radio/wlan0/Home');

test('what a driver reports in answer to a command comes after all that it was about to report', async () => {
  const order: string[] = [];
  let report: (event: TechnologyEvent) => void = () => {};
  const driver: TechnologyDriver = {
    name: 'radio',
    type: 'wifi',
    start: () => {},
    close: () => {},
    onEvent: (listener) => {
      report = listener;
    },
    command: () => report({ kind: 'networks', changed: [], gone: [home] }),
  };
  const drivers = new Drivers(new Secrets(), heard, process.nextTick);
  function heard(happening: Happening): void {
    if (happening.kind !== 'technology') return;
    const { event } = happening;
    order.push(event.kind === 'networks' ? `${event.changed.length} changed, ${event.gone.length} gone` : event.kind);
    if (event.kind === 'failed') drivers.command('radio', { kind: 'set-tethering', device, bridge: 'tether' });
  }
  drivers.add(driver);

  report({ kind: 'failed', network: home, attempt: 1, error: 'invalid-key', reason: 'the passphrase is wrong' });
  report({ kind: 'networks', changed: [], gone: [] });
  await new Promise<void>((resolve) => process.nextTick(resolve));

  expect(order).toEqual(['failed', '0 changed, 0 gone', '0 changed, 1 gone']);
});

test('a driver is given the text of a secret that the engine knows by its number alone', () => {
  const secrets = new Secrets();
  const commands: unknown[] = [];
  const drivers = new Drivers(
    secrets,
    () => {},
    (callback) => callback(),
  );
  drivers.add({
    ...{ name: 'radio', type: 'wifi', start: () => {}, close: () => {}, onEvent: () => {} },
    command: (command) => commands.push(command),
  });
  const passphrase = new Secret('correct horse');
  const access = { ssid: '4d79', passphrase: secrets.keep(passphrase), frequency: 2412 };
  drivers.command('radio', { kind: 'set-tethering', device, bridge: 'tether', access });
  expect(commands).toMatchObject([{ access: { passphrase } }]);
});
