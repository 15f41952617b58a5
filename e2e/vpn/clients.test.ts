// How much a client may store in connman-vpnd.
import { str, type Variant } from '@connman/dbus';
import { inLab } from '../netns/lab/lab';
import { offerPrograms } from '../netns/lab/peers';
import { ours } from '../netns/lab/subject';
import { VpnSite } from './site';

jest.setTimeout(60_000);

const openvpn = (host: string, more: Readonly<Record<string, string>> = {}): Map<string, Variant> =>
  new Map(
    Object.entries({ Type: 'OpenVPN', Name: 'office', Host: host, ...more }).map(([name, value]) => [name, str(value)]),
  );

test('what a client stores has bounds, and the refusal names them', () =>
  inLab(ours, async (lab) => {
    await offerPrograms(lab.machine, 'openvpn');
    await lab.startDaemon();
    const site = await VpnSite.open(lab);
    try {
      const daemon = await site.start();
      const create = (properties: Map<string, Variant>) => site.manager.call('Create', [properties]);
      const refused = (reason: RegExp) => ({
        errorName: 'net.connman.Error.InvalidArguments',
        message: expect.stringMatching(reason),
      });
      await expect(create(openvpn('a'.repeat(300)))).rejects.toMatchObject(refused(/200 characters/));
      await expect(create(openvpn('h', { 'OpenVPN.Port': '1'.repeat(5000) }))).rejects.toMatchObject(
        refused(/4096 bytes/),
      );
      const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`OpenVPN.Key${i}`, '1']));
      await expect(create(openvpn('h', many))).rejects.toMatchObject(refused(/128 settings/));
      expect(await site.manager.call('GetConnections', [])).toEqual([]);

      for (let i = 0; i < 256; i++) await create(openvpn(`host${i}`));
      await expect(create(openvpn('one-more'))).rejects.toMatchObject(refused(/256 connections/));
      // One that exists may still be written again.
      await create(openvpn('host7', { 'OpenVPN.Port': '1195' }));
      expect(daemon.exit).toBeUndefined();
    } finally {
      site.bus.close();
    }
  }));
