// strongSwan at the far end of a cable: charon, and swanctl to tell it its connections.
import type { Child } from '../../netns/lab/child';
import type { Host } from '../../netns/lab/host';

/** `connections` is the text of swanctl.conf. */
export async function startCharon(far: Host, connections: string): Promise<Child> {
  far.write(
    '/run/charon/strongswan.conf',
    [
      'charon {',
      '  load = random nonce aes sha1 sha2 md5 hmac kdf gmp kernel-netlink socket-default vici xauth-generic unity',
      '  cisco_unity = yes',
      '  i_dont_care_about_security_and_use_aggressive_mode_psk = yes',
      '  filelog { stderr { default = 1 } }',
      '}',
      '',
    ].join('\n'),
  );
  far.write('/run/charon/swanctl.conf', connections);
  const env = { STRONGSWAN_CONF: '/run/charon/strongswan.conf' };
  const charon = far.start(['/usr/lib/ipsec/charon'], { env });
  await charon.line(/spawning \d+ worker threads/);
  await far.run(['swanctl', '--load-all', '--noprompt', '--file', '/run/charon/swanctl.conf'], { env });
  return charon;
}
