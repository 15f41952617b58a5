// A machine that is online over its cable, an OpenVPN server behind it, and the settings of a client.
import type { Child } from '../netns/lab/child';
import type { Host } from '../netns/lab/host';
import { inLab } from '../netns/lab/lab';
import { offerPrograms } from '../netns/lab/peers';
import type { Subject } from '../netns/lab/subject';
import { installClient, startOpenVpnServer } from './openvpn-server';
import { VpnSite } from './site';
import { subjectForVpn } from './subject';

export const ident = '10_77_1_1_lab_example';
export const service = `vpn_${ident}`;
/** A server that wants a user name and a password as well: alice and "wonder land". */
export const withPasswords = [
  'script-security 3',
  'verify-client-cert none',
  'username-as-common-name',
  'auth-user-pass-verify /run/server/check via-file',
];

export interface Scene {
  readonly site: VpnSite;
  readonly far: Host;
  readonly folder: string;
  server: Child;
}

/** connmand is online over the cable and the server runs behind it. `client` is a *.config file's lines, if there is one. */
export function withOpenVpn(
  options: {
    readonly client?: (folder: string) => readonly string[];
    readonly server?: readonly string[];
    /** Its service, where it is not `service`. */
    readonly service?: string;
  },
  scenario: (scene: Scene) => Promise<void>,
  connmand: Subject = subjectForVpn,
): Promise<void> {
  return inLab(connmand, async (lab) => {
    await offerPrograms(lab.machine, 'openvpn');
    const { network } = await lab.online();
    const { far } = network;
    const folder = installClient(lab.machine);
    far.write('/run/server/check', '#!/bin/sh\n[ "$(cat "$1")" = "alice\nwonder land" ]\n');
    await far.run('chmod 755 /run/server/check');
    const server = await startOpenVpnServer(far, options.server);
    const site = await VpnSite.open(lab);
    const scene = { site, far, folder, server };
    if (options.client) lab.machine.write('/var/lib/connman-vpn/office.config', options.client(folder).join('\n'));
    await site.during(
      async () => {
        await site.start();
        if (options.client && connmand === subjectForVpn) await site.untilService(options.service ?? service);
        await scenario(scene);
      },
      () => ({ server: scene.server }),
    );
  });
}

export const provider = (folder: string, ...lines: string[]) => [
  '[provider_office]',
  'Type = OpenVPN',
  'Name = Office',
  'Host = 10.77.1.1',
  'Domain = lab.example',
  `OpenVPN.CACert = ${folder}/ca.crt`,
  ...lines,
  '',
];
export const withCertificate = (folder: string) => [
  `OpenVPN.Cert = ${folder}/client.crt`,
  `OpenVPN.Key = ${folder}/client.key`,
];
