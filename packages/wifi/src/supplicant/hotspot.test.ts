/** A radio as an access point for tethering. */
import { Secret } from '@connman/base';
import { bssOf, Conversation, device, home, mac } from '../../test/radio-conversation';

const passphrase = new Secret('correct horse');

test('an access point is made of a new interface in the bridge, and given up again', () => {
  const talk = Conversation.withHome();
  const access = { ssid: '4d79', passphrase, frequency: 2412, hidden: true };
  talk.command({ kind: 'set-tethering', device, access, bridge: 'tether' });
  expect(talk.calls).toEqual([{ method: 'remove-interface' }, { method: 'create-interface', bridge: 'tether' }]);
  talk.interfaceThere();
  expect(talk.calls).toContainEqual(
    expect.objectContaining({ method: 'add-network', block: expect.objectContaining({ ignore_broadcast_ssid: 1 }) }),
  );
  talk.answer('add-network', '/if/0/net/0').states('completed');
  expect(talk.reports.at(-1)).toEqual({ kind: 'tethering', device, on: true, ifindex: 3 });
  expect(talk.calls).toContainEqual({ method: 'abort-scan' });
  talk.send({ kind: 'station', mac: mac('02:00:00:00:09:00'), joined: true });
  expect(talk.reports.at(-1)).toEqual({ kind: 'stations', device, macs: ['02:00:00:00:09:00'] });
  talk.command({ kind: 'set-tethering', device, bridge: 'tether' });
  expect(talk.reports).toContainEqual({ kind: 'tethering', device, on: false });
});

test('an access point reports no networks, though wpa_supplicant lists them; the station after it does', () => {
  const talk = Conversation.withHome();
  talk.command({
    kind: 'set-tethering',
    device,
    access: { ssid: '4d79', passphrase, frequency: 2412 },
    bridge: 'tether',
  });
  expect(talk.reports).toContainEqual(expect.objectContaining({ kind: 'networks', gone: [home] }));
  talk.interfaceThere().forget();
  talk.send({ kind: 'bss', path: '/bss/1', bss: bssOf(), age: 9 }).send({ kind: 'scan-done', ok: true });
  expect(talk.reports).toEqual([]);
  talk.command({ kind: 'set-tethering', device, bridge: 'tether' }).interfaceThere();
  talk.send({ kind: 'bss', path: '/bss/1', bss: bssOf(), age: 9 }).send({ kind: 'scan-done', ok: true });
  expect(talk.reports).toContainEqual(expect.objectContaining({ kind: 'networks', gone: [] }));
});
