// L2TP and PPTP servers at the far end of a cable, with alice and her password; 10.7.0.1 is their end of the tunnel.
import type { Child } from '../../netns/lab/child';
import type { Host } from '../../netns/lab/host';

/** As ConnMan's documentation has the key, and as its PPTP reads it. */
export const mppe = ['PPPD.ReqMPPE128 = true', 'PPPD.RequirMPPE128 = true'] as const;

const secrets = 'alice * "wonder land" *\n';
const pppOptions = ['name server', 'auth', 'require-mschap-v2', 'ms-dns 10.7.0.1', 'nodefaultroute', 'debug', ''];

/** `global`: more lines of its section [global]. */
export async function startXl2tpd(far: Host, global: readonly string[] = []): Promise<Child> {
  far.write('/etc/ppp/chap-secrets', secrets);
  far.write('/run/l2tp/options', pppOptions.join('\n'));
  far.write(
    '/run/l2tp/xl2tpd.conf',
    [
      '[global]',
      'port = 1701',
      ...global,
      '[lns default]',
      'ip range = 10.7.0.10-10.7.0.20',
      'local ip = 10.7.0.1',
      'require authentication = no',
      'pppoptfile = /run/l2tp/options',
      '',
    ].join('\n'),
  );
  const server = far.start([
    'xl2tpd',
    '-D',
    '-c',
    '/run/l2tp/xl2tpd.conf',
    '-C',
    '/run/l2tp/control',
    '-p',
    '/run/l2tp/pid',
  ]);
  await server.line(/Listening on IP address/);
  return server;
}

export async function startPptpd(far: Host): Promise<Child> {
  far.write('/etc/ppp/chap-secrets', secrets);
  far.write('/run/pptp/options', [...pppOptions, 'require-mppe-128'].join('\n'));
  far.write(
    '/run/pptp/pptpd.conf',
    ['option /run/pptp/options', 'localip 10.7.0.1', 'remoteip 10.7.0.10-20', 'stimeout 10', ''].join('\n'),
  );
  const server = far.start(['pptpd', '--fg', '--conf', '/run/pptp/pptpd.conf', '--pidfile', '/run/pptp/pid']);
  // It says nothing when it listens; asking takes some milliseconds each time.
  for (let tries = 0; tries < 500 && !/:1723/.test(await far.run('ss -ltn')); tries++);
  return server;
}
