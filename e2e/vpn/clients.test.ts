// What clients of connman-vpnd see and may do: ConnMan's own monitor beside ours, and how much one may store.
import { readFileSync } from 'node:fs';
import { bool, str, type Variant, variant } from '@connman/dbus';
import { SERVICES } from '../netns/lab/bus';
import { repository } from '../netns/lab/host';
import { inLab } from '../netns/lab/lab';
import { offerPrograms } from '../netns/lab/peers';
import { debian, NODE_FLAGS, ours } from '../netns/lab/subject';
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

test('a call has the bus start the daemon, and is answered by it', () =>
  inLab(ours, async (lab) => {
    const { machine } = lab;
    const file = readFileSync(`${repository}/tools/packaging/net.connman.vpn.service`, 'utf8');
    machine.write(`${SERVICES}/net.connman.vpn.service`, file.replaceAll('@sbindir@', '/run/sbin'));
    const program = [process.execPath, ...NODE_FLAGS, `${repository}/packages/vpnd/dist/connman-vpnd.js`].join(' ');
    machine.write('/run/sbin/connman-vpnd', `#!/bin/sh\nexec ${program} "$@"\n`);
    await machine.run('chmod 755 /run/sbin/connman-vpnd');
    machine.write(
      '/var/lib/connman-vpn/any.config',
      '[provider_any]\nType = OpenVPN\nName = Any\nHost = any\nDomain = any\n',
    );
    expect(await lab.connmanctl('vpnconnections')).toBe('    Any                  vpn_any_any');
  }));

test("connmanctl's monitor prints what becomes of VPN connections, letter for letter as ConnMan's does", () =>
  inLab(ours, async (lab) => {
    await offerPrograms(lab.machine, 'openvpn');
    await lab.startDaemon();
    const site = await VpnSite.open(lab);
    try {
      await site.start();
      const monitors = [ours, debian].map(({ client, env }) =>
        // ConnMan's keeps what it prints back until it has some kilobytes, unless that is a terminal.
        lab.start(['stdbuf', '-oL', ...client, 'monitor'], { env }),
      );
      const create = (host: string) => site.manager.call('Create', [openvpn(host)]);
      // They do not say when they listen: connections come and go until both have seen one.
      const hears = (text: string) => monitors.every(({ output }) => output.items.some((line) => line.includes(text)));
      for (let tries = 0; tries < 2000 && !hears('probe'); tries++)
        await site.manager.call('Remove', [await create('probe')]);
      const path = await create('office');
      const connection = site.connection('office');
      const network = { ProtocolFamily: variant('i', 4), Network: str('10.0.0.0'), Netmask: str('255.0.0.0') };
      await connection.call('SetProperty', ['Name', str('Renamed')]);
      await connection.call('SetProperty', ['SplitRouting', bool(true)]);
      await connection.call('SetProperty', ['UserRoutes', variant('a(a{sv})', [[network]])]);
      await connection.call('ClearProperty', ['UserRoutes']);
      await site.manager.call('Remove', [path]);
      const printed = await Promise.all(
        monitors.map(async ({ output }) => {
          const isOver = (line: string) => /ConnectionRemoved .*\/office\b/.test(line);
          await output.until('the removal', () => output.items.some(isOver));
          const lines = output.items.slice(0, output.items.findIndex(isOver) + 1);
          return lines.slice(lines.findIndex((line) => /ConnectionAdded .*connection\/office\b/.test(line)));
        }),
      );
      expect(printed[0]?.length).toBeGreaterThan(6);
      expect(printed[0]).toEqual(printed[1]);
    } finally {
      site.bus.close();
    }
  }));
