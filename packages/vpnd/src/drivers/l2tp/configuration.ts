/** The configuration of xl2tpd for one tunnel: the table of settings as its keys. No secret is in it. */

interface Key {
  readonly setting: string;
  readonly key: string;
  readonly standard?: string;
}

const globalKeys: readonly Key[] = [
  { setting: 'L2TP.AccessControl', key: 'access control', standard: 'yes' },
  { setting: 'L2TP.AuthFile', key: 'auth file' },
  { setting: 'L2TP.ForceUserSpace', key: 'force userspace' },
  { setting: 'L2TP.ListenAddr', key: 'listen-addr' },
  { setting: 'L2TP.Rand Source', key: 'rand source' },
  // Its being there, whatever its value, keeps xl2tpd 1.3.18 from using the kernel.
  { setting: 'L2TP.IPsecSaref', key: 'ipsec saref' },
  // Not the well-known port: an xl2tpd of the system may have it.
  { setting: 'L2TP.Port', key: 'port', standard: '0' },
];

const lacKeys: readonly Key[] = [
  { setting: 'L2TP.BPS', key: 'bps' },
  { setting: 'L2TP.TXBPS', key: 'tx bps' },
  { setting: 'L2TP.RXBPS', key: 'rx bps' },
  { setting: 'L2TP.LengthBit', key: 'length bit' },
  { setting: 'L2TP.Challenge', key: 'challenge' },
  { setting: 'L2TP.DefaultRoute', key: 'defaultroute' },
  { setting: 'L2TP.FlowBit', key: 'flow bit' },
  { setting: 'L2TP.TunnelRWS', key: 'tunnel rws' },
  { setting: 'L2TP.Autodial', key: 'autodial', standard: 'yes' },
  { setting: 'L2TP.Redial', key: 'redial', standard: 'yes' },
  { setting: 'L2TP.RedialTimeout', key: 'redial timeout', standard: '10' },
  { setting: 'L2TP.MaxRedials', key: 'max redials' },
  { setting: 'L2TP.RequirePAP', key: 'require pap', standard: 'no' },
  { setting: 'L2TP.RequireCHAP', key: 'require chap', standard: 'yes' },
  { setting: 'L2TP.ReqAuth', key: 'require authentication', standard: 'no' },
];

export function xl2tpdConfiguration(settings: ReadonlyMap<string, string>, host: string, optionsFile: string): string {
  const lines = (keys: readonly Key[]) =>
    keys.flatMap(({ setting, key, standard }) => {
      const value = oneLine(settings.get(setting)) ?? standard;
      return value === undefined ? [] : [`${key} = ${value}`];
    });
  return [
    '[global]',
    ...lines(globalKeys),
    '',
    '[lac l2tp]',
    `lns = ${oneLine(host)}`,
    ...lines(lacKeys),
    `pppoptfile = ${optionsFile}`,
    '',
  ].join('\n');
}

/** A value must not become a line of its own. */
function oneLine(value: string | undefined): string | undefined {
  return value?.replace(/[\r\n]+/g, ' ').trim() || undefined;
}
