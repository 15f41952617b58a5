// Where polkit runs: the actions as installed, and the rule that is offered beside them, in a real polkitd.
import { existsSync, readFileSync } from 'node:fs';
import { LOCAL_POLICIES } from '../netns/lab/bus';
import { peerLibraries, peersFolder, repository } from '../netns/lab/host';
import { inLab, type Lab } from '../netns/lab/lab';
import { ours } from '../netns/lab/subject';
import { VpnSite } from '../vpn/site';

jest.setTimeout(60_000);

const prefix = ['/usr', `${peersFolder}/usr`].find((folder) => existsSync(`${folder}/lib/polkit-1/polkitd`));
const where = prefix === undefined ? test.skip : test;
const packaging = (file: string) => readFileSync(`${repository}/tools/packaging/${file}`, 'utf8');

/** A member of the group netdev, and a user who is not. */
const [member, stranger] = [3001, 3002];

async function startPolkit({ machine }: Lab): Promise<void> {
  const accounts = `member:x:${member}:${member}::/:/bin/sh\nstranger:x:${stranger}:${stranger}::/:/bin/sh\n`;
  const polkitd = machine.read('/etc/passwd').includes('\npolkitd:') ? '' : 'polkitd:x:3000:3000::/:/bin/sh\n';
  machine.write('/etc/passwd', machine.read('/etc/passwd') + accounts + polkitd);
  const groups = machine.read('/etc/group').replace(/^netdev:.*\n/m, '');
  machine.write('/etc/group', `${groups}netdev:x:3003:member\n`);
  // polkitd reads actions below /usr/share alone, which belongs to the machine.
  machine.write('/run/share/polkit-1/actions/net.connman.policy', packaging('net.connman.policy'));
  await machine.run('mount -t overlay overlay -o lowerdir=/run/share:/usr/share /usr/share');
  machine.write('/etc/polkit-1/rules.d/10-connman.rules', packaging('net.connman.rules'));
  machine.write(
    `${LOCAL_POLICIES}/polkit.conf`,
    readFileSync(`${prefix}/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf`, 'utf8'),
  );
  const bus = 'org.freedesktop.DBus';
  await machine.run(['dbus-send', '--system', '--print-reply', `--dest=${bus}`, '/', `${bus}.ReloadConfig`]);
  const daemon = machine.start([`${prefix}/lib/polkit-1/polkitd`], { env: peerLibraries() });
  await daemon.line(/Acquired the name org\.freedesktop\.PolicyKit1/);
}

const callOf =
  ({ machine }: Lab, service: string) =>
  (uid: number, name: string, ...words: string[]) =>
    machine.run(
      ['dbus-send', '--system', '--print-reply', `--dest=${service}`, '/', `${service}.Manager.${name}`, ...words],
      { uid },
    );

where('with the rule for netdev its members change the network without a password, others only look', () =>
  inLab(ours, async (lab) => {
    await startPolkit(lab);
    await lab.startDaemon();
    const call = callOf(lab, 'net.connman');
    const change = ['string:OfflineMode', 'variant:boolean:false'];
    for (const uid of [member, stranger]) expect(await call(uid, 'GetProperties')).toContain('OfflineMode');
    await call(member, 'SetProperty', ...change);
    await expect(call(stranger, 'SetProperty', ...change)).rejects.toThrow(/PermissionDenied/);
  }),
);

where('its members change VPN connections without a password, others only look', () =>
  inLab(ours, async (lab) => {
    await startPolkit(lab);
    await lab.startDaemon();
    const site = await VpnSite.open(lab);
    try {
      await site.start();
      const call = callOf(lab, 'net.connman.vpn');
      await expect(call(stranger, 'Remove', 'objpath:/net/connman/vpn/connection/none')).rejects.toThrow(
        /PermissionDenied/,
      );
      await expect(call(member, 'Remove', 'objpath:/net/connman/vpn/connection/none')).rejects.toThrow(/NotFound/);
      for (const uid of [member, stranger]) expect(await call(uid, 'GetConnections')).toContain('array');
    } finally {
      site.bus.close();
    }
  }),
);
