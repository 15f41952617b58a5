/** PPTP: pppd over the program pptp. */
import { err, ok } from '@connman/base';
import type { Attempt, VpnDriver } from '../../driver';
import { type PppKind, PppTunnel } from '../ppp/tunnel';
import type { DriverTools } from '../shared/tools';

const pptp: PppKind = {
  type: 'pptp',
  prefix: 'PPTP',
  pty: ({ settings }: Attempt, server) => pptpCommand(settings, server),
  program: (_tools, _attempt, _server, optionsFile) => ({ program: 'pppd', args: ['file', optionsFile] }),
};

/** A word each: `check` has refused what a shell would read otherwise. */
export function pptpCommand(settings: ReadonlyMap<string, string>, server: string): string {
  const words = ['pptp', server, '--nolaunchpppd', '--nohostroute', '--loglevel', '0'];
  for (const [key, flag] of [
    ['PPTP.IdleWait', '--idle-wait'],
    ['PPTP.MaxEchoWait', '--max-echo-wait'],
  ] as const) {
    const value = settings.get(key);
    if (value !== undefined) words.push(flag, value);
  }
  return words.join(' ');
}

/** It becomes part of a command that pppd gives to a shell. */
const plainHost = /^[A-Za-z0-9.:_-]+$/;

export function pptpDriver(tools: DriverTools): VpnDriver {
  return {
    type: 'pptp',
    title: 'PPTP',
    linkPrefix: 'vpn',
    authErrorLimit: 1,
    stores: (key) => /^(PPTP|PPPD)\./.test(key) && key !== 'PPTP.Password',
    isSecret: (key) => key === 'PPTP.Password',
    available() {
      const missing = ['pppd', 'pptp'].find((program) => tools.processes.find(program) === undefined);
      return missing === undefined
        ? ok(undefined)
        : err(`PPTP needs the program ${missing}; install it (Debian: apt install ppp pptp-linux)`);
    },
    check(settings, host) {
      if (!plainHost.test(host))
        return 'Host, the name or address of the PPTP server, is empty or has other characters';
      for (const key of ['PPTP.IdleWait', 'PPTP.MaxEchoWait'])
        if (settings.has(key) && !/^\d+$/.test(settings.get(key) ?? '')) return `${key} must be a number of seconds`;
      return undefined;
    },
    connect: (attempt) => PppTunnel.start(tools, attempt, pptp),
    resume: (attempt, record) => PppTunnel.resume(tools, attempt, pptp, record),
  };
}
