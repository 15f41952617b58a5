// strongSwan at the far end of a cable as a Cisco gateway: IKEv1 in aggressive mode with the group secret of `staff`, Xauth of alice, and
// the networks of Unity.
import type { Child } from '../../netns/lab/child';
import type { Host } from '../../netns/lab/host';

/** swanctl.conf of a gateway at `address`, behind which is 10.99.0.0/16. */
const gatewayAt = (address: string) => `
connections {
  staff {
    version = 1
    aggressive = yes
    proposals = aes256-sha1-modp1024, aes128-sha1-modp1024, 3des-sha1-modp1024
    local_addrs = ${address}
    pools = staff
    dpd_delay = 5s
    local { auth = psk }
    remote { auth = psk
      id = keyid:staff }
    remote-xauth { auth = xauth }
    children { net { local_ts = 10.99.0.0/16
      esp_proposals = aes256-sha1, aes128-sha1, 3des-sha1 } }
  }
}
pools { staff { addrs = 10.6.0.10-10.6.0.20
  dns = 10.6.0.1 } }
secrets {
  ike { id = keyid:staff
    secret = "group secret" }
  xauth { id = alice
    secret = "wonder land" }
}
`;

export async function startCiscoGateway(far: Host, address: string): Promise<Child> {
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
  far.write('/run/charon/swanctl.conf', gatewayAt(address));
  const env = { STRONGSWAN_CONF: '/run/charon/strongswan.conf' };
  const charon = far.start(['/usr/lib/ipsec/charon'], { env });
  await charon.line(/spawning \d+ worker threads/);
  await far.run(['swanctl', '--load-all', '--noprompt', '--file', '/run/charon/swanctl.conf'], { env });
  return charon;
}
