/** L2TP: xl2tpd, which starts pppd; the kernel carries the data where it can (pppol2tp). IPsec below it is the system's. */
import { err, ok } from '@connman/base';
import type { VpnDriver } from '../../driver';
import { type PppKind, PppTunnel } from '../ppp/tunnel';
import type { DriverTools } from '../shared/tools';
import { xl2tpdConfiguration } from './configuration';

const l2tp: PppKind = {
  type: 'l2tp',
  prefix: 'L2TP',
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
