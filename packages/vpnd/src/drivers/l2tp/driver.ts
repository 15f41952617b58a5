/** L2TP: xl2tpd, which starts pppd; the kernel carries the data where it can (pppol2tp). IPsec below it is the system's. */
import { err, ok } from '@connman/base';
import { isProtectedByIpsec } from '@connman/netlink';
import type { VpnDriver } from '../../driver';
import { type PppKind, PppTunnel } from '../ppp/tunnel';
import type { DriverTools } from '../shared/tools';
import { xl2tpdConfiguration } from './configuration';

/** Where L2TP servers listen (RFC 2661, section 8.1). */
const serverPort = 1701;
/** Not ConnMan's. Its value is the business of the system's IPsec; that it is set says that nothing may go without. */
const presharedKey = 'L2TP.IPsecPSK';

const l2tp: PppKind = {
  type: 'l2tp',
  prefix: 'L2TP',
  refuse({ netlink }, { settings }, server) {
    if (!settings.has(presharedKey) || isProtectedByIpsec(netlink, server, serverPort)) return undefined;
    const advice = `connect it with the system's IPsec first (strongSwan, Libreswan: transport mode, UDP port ${serverPort})`;
    return `${presharedKey} is set, and no IPsec policy protects what is sent to ${server}; ${advice}`;
  },
  program(tools, { folder, settings }, server, optionsFile) {
    const file = `${folder}/xl2tpd.conf`;
    tools.writeSecret(file, xl2tpdConfiguration(settings, server, optionsFile), 'l2tp');
    return {
      program: 'xl2tpd',
      args: ['-D', '-c', file, '-C', `${folder}/xl2tpd-control`, '-p', `${folder}/xl2tpd.pid`],
    };
  },
};

export function l2tpDriver(tools: DriverTools): VpnDriver {
  return {
    type: 'l2tp',
    title: 'L2TP',
    linkPrefix: 'vpn',
    authErrorLimit: 1,
    stores: (key) => /^(L2TP|PPPD)\./.test(key) && key !== 'L2TP.Password',
    isSecret: (key) => key === 'L2TP.Password',
    available() {
      const missing = ['xl2tpd', 'pppd'].find((program) => tools.processes.find(program) === undefined);
      return missing === undefined
        ? ok(undefined)
        : err(`L2TP needs the program ${missing}; install it (Debian: apt install xl2tpd ppp)`);
    },
    check: (_settings, host) =>
      /^\S+$/.test(host) ? undefined : 'Host, the name or address of the L2TP server, is empty',
    connect: (attempt) => PppTunnel.start(tools, attempt, l2tp),
    resume: (attempt, record) => PppTunnel.resume(tools, attempt, l2tp, record),
  };
}
