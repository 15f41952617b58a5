import { deviceId } from '@connman/contracts';
import { bssOf } from '../../test/radio-conversation';
import type { Bss } from './networks';
import { NetworkReport } from './report';

/** A BSS that counts how often its contents are looked at. */
function counted(name: string, looks: { count: number }): Bss {
  const { offers, ...rest } = bssOf({ ssid: new TextEncoder().encode(name) });
  return {
    ...rest,
    get offers() {
      looks.count++;
      return offers;
    },
  };
}

test('networks that did not change since the last scan are not looked at again', () => {
  const looks = { count: 0 };
  const report = new NetworkReport(deviceId('wifi:02'));
  const heard = Array.from({ length: 200 }, (_, n) => counted(`N${n}`, looks));
  expect(report.update(heard)).toMatchObject({ changed: { length: 200 }, gone: [] });
  const first = looks.count;
  expect(report.update(heard)).toBeUndefined();
  expect(looks.count).toBe(first);

  heard[7] = { ...bssOf({ ssid: new TextEncoder().encode('N7'), signalDbm: -70 }) };
  expect(report.update(heard)).toMatchObject({ changed: [{ name: 'N7', strength: 50 }], gone: [] });
  expect(looks.count).toBe(first);
});

test('an access point that is heard at another strength is still of its network, and of another once it offers something else', () => {
  const report = new NetworkReport(deviceId('wifi:02'));
  const bss = bssOf();
  report.update([bss]);
  expect(report.update([{ ...bss, signalDbm: -70 }])).toMatchObject({ changed: [{ strength: 50 }], gone: [] });
  const offers = { ...bss.offers, psk: false, wpa: false };
  const open = report.update([{ ...bss, offers, privacy: false }]);
  expect(open).toMatchObject({
    changed: [{ wifi: { security: 'none' } }],
    gone: [expect.stringContaining('_managed_psk')],
  });
});

test('a network that becomes the one in use, and then is idle again, is reported each time', () => {
  const report = new NetworkReport(deviceId('wifi:02'));
  const heard = [bssOf()];
  const active = { key: { ssid: '486f6d65', security: 'psk' }, link: { kind: 'associating', attempt: 1 } } as const;
  const linkOf = (inUse?: typeof active) => {
    const event = report.update(heard, inUse);
    return event?.kind === 'networks' ? event.changed.map(({ link }) => link.kind) : [];
  };
  expect([linkOf(), linkOf(active), linkOf(active), linkOf()]).toEqual([['idle'], ['associating'], [], ['idle']]);
});

test('an access point less makes a network weaker, and none makes it go', () => {
  const report = new NetworkReport(deviceId('wifi:02'));
  const [near, far] = [bssOf({ signalDbm: -40 }), bssOf({ signalDbm: -60 })];
  expect(report.update([near, far])).toMatchObject({ changed: [{ strength: 80 }] });
  expect(report.update([far])).toMatchObject({ changed: [{ strength: 60 }] });
  expect(report.update([])).toMatchObject({ changed: [], gone: [expect.stringContaining('486f6d65')] });
});
