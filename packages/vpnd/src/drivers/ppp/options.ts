/** The options file of pppd: the table of settings, and what the daemon needs of every run. It holds the password, mode 0600. */
import type { Secret } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import { callbackVariable } from '../shared/callbacks';
import { serverVariable } from './environment';

type Settings = ReadonlyMap<string, string>;

/** `-` stands for PPPD: ConnMan's keys of L2TP and PPTP, in both spellings. */
const bareOptions: readonly (readonly [keys: readonly string[], option: string])[] = [
  [['PPPD.Debug'], 'debug'],
  [['PPPD.RefuseEAP'], 'refuse-eap'],
  [['PPPD.RefusePAP'], 'refuse-pap'],
  [['PPPD.RefuseCHAP'], 'refuse-chap'],
  [['PPPD.RefuseMSCHAP'], 'refuse-mschap'],
  [['PPPD.RefuseMSCHAP2'], 'refuse-mschap-v2'],
  [['PPPD.NoBSDComp'], 'nobsdcomp'],
  [['PPPD.NoPcomp'], 'nopcomp'],
  [['PPPD.UseAccomp'], 'noaccomp'],
  [['PPPD.NoDeflate'], 'nodeflate'],
  [['PPPD.ReqMPPE', 'PPPD.RequirMPPE'], 'require-mppe'],
  [['PPPD.ReqMPPE40', 'PPPD.RequirMPPE40'], 'require-mppe-40'],
  [['PPPD.ReqMPPE128', 'PPPD.RequirMPPE128'], 'require-mppe-128'],
  [['PPPD.ReqMPPEStateful', 'PPPD.RequirMPPEStateful'], 'mppe-stateful'],
  [['PPPD.NoVJ'], 'novj'],
];

export interface PppRun {
  readonly settings: Settings;
  readonly interfaceName: string;
  readonly username: Secret;
  readonly password: Secret;
  readonly server: IpAddress;
  readonly callbackSocket: string;
  readonly callbackProgram: string;
  /** A command whose input and output are the line: PPTP. */
  readonly pty?: string;
}

/** One option a line, words in quotes as pppd reads them. */
export function pppOptions(run: PppRun): string {
  const { settings } = run;
  const lines: (readonly string[])[] = [
    ['nodetach'],
    // Standard error, which xl2tpd hands on: it kills pppd when the server hangs up, and pppd's exit status is lost.
    ['logfd', '2'],
    ['noauth'],
    ['usepeerdns'],
    ['noipdefault'],
    ['nodefaultroute'],
    ['noproxyarp'],
    ['ifname', run.interfaceName],
    ['lcp-echo-failure', settings.get('PPPD.EchoFailure') ?? '0'],
    ['lcp-echo-interval', settings.get('PPPD.EchoInterval') ?? '0'],
    ['ip-up-script', run.callbackProgram],
    ['ip-down-script', run.callbackProgram],
    ['set', `${callbackVariable}=${run.callbackSocket}`],
    ['set', `${serverVariable}=${run.server}`],
    ['user', run.username.reveal()],
    ['password', run.password.reveal()],
  ];
  for (const [keys, option] of bareOptions) if (keys.some((key) => isSet(settings, key))) lines.push([option]);
  if (run.pty !== undefined) lines.push(['pty', run.pty]);
  return lines.map((words) => `${words.map(quoted).join(' ')}\n`).join('');
}

/** Older files have the keys of PPPD under L2TP. */
function isSet(settings: Settings, key: string): boolean {
  const value = settings.get(key) ?? settings.get(key.replace('PPPD.', 'L2TP.'));
  return value !== undefined && ['true', 'yes', '1', 'debug'].includes(value.toLowerCase());
}

/** pppd takes a word without white space or quotes as it is; in quotes a backslash takes the next character. */
function quoted(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`;
}
