// The accounts and certificates of an enterprise network, made for each scenario.

/** As much of a machine as it takes. */
export interface EnterpriseHost {
  write(path: string, text: string, mode?: number): void;
  run(argv: string | readonly string[]): Promise<string>;
}

/** An account of its own: hostapd offers a known identity only the methods of its line. */
export const passwordAccount = { identity: 'bob@example.org', passphrase: 'wonderland' };
export const account = { identity: 'alice@example.org', passphrase: 'wonderland' };

/** Fills a folder: ca.pem, server.pem, server.key, client.pem, client.key and, with a
 * passphrase, client-locked.key (all keys 0600), users (for hostapd). @returns the folder. */
export async function enterpriseFolder(machine: EnterpriseHost, folder = '/etc/enterprise'): Promise<string> {
  const { identity, passphrase } = account;
  machine.write(
    `${folder}/users`,
    [
      `"${passwordAccount.identity}" PWD "${passwordAccount.passphrase}"`,
      '* PEAP,TTLS,TLS',
      `"${identity}" MSCHAPV2,TTLS-PAP,TTLS-MSCHAPV2,TTLS-MSCHAP,TTLS-CHAP,GTC,MD5 "${passphrase}" [2]`,
      '',
    ].join('\n'),
    0o600,
  );
  await certify(machine, folder, 'ca', '/CN=Laboratory CA', ['-addext', 'basicConstraints=critical,CA:TRUE']);
  await certify(machine, folder, 'server', '/CN=radius.example.org', ['-addext', 'extendedKeyUsage=serverAuth']);
  await certify(machine, folder, 'client', `/CN=${identity}`, ['-addext', 'extendedKeyUsage=clientAuth']);
  const locked = ['-out', `${folder}/client-locked.key`, '-passout', `pass:${passphrase}`];
  await machine.run(['openssl', 'pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-in', `${folder}/client.key`, ...locked]);
  await machine.run(['chmod', '600', `${folder}/client-locked.key`]);
  return folder;
}

/** A key and a certificate: the authority's own for "ca", one signed by it for anything else. */
export async function certify(
  machine: EnterpriseHost,
  folder: string,
  name: string,
  subject: string,
  more: string[] = [],
) {
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${folder}/${name}.key`];
  const signer = name === 'ca' ? [] : ['-CA', `${folder}/ca.pem`, '-CAkey', `${folder}/ca.key`];
  const words = ['req', '-x509', '-days', '3650', '-subj', subject, ...key, '-out', `${folder}/${name}.pem`];
  await machine.run(['openssl', ...words, ...signer, ...more]);
  await machine.run(['chmod', '600', `${folder}/${name}.key`]);
}
