// WPA2 Enterprise (802.1X), with hostapd's own authentication server.
import { account, certify, enterpriseFolder, passwordAccount } from './lab/enterprise';
import type { Lab } from './lab/lab';
import { type ScenarioOptions, scenario } from './lab/scenario';
import { enterprise } from './lab/security';

const FOLDER = '/etc/enterprise';

const methods: readonly { name: string; keys: readonly string[]; onlyOurs?: boolean }[] = [
  { name: 'PEAP with MSCHAPv2', keys: ['EAP=peap', 'Phase2=MSCHAPV2', `Passphrase=${account.passphrase}`] },
  { name: 'TTLS with PAP', keys: ['EAP=ttls', 'Phase2=PAP', `Passphrase=${account.passphrase}`] },
  { name: 'TTLS with MSCHAPv2', keys: ['EAP=ttls', 'Phase2=MSCHAPV2', `Passphrase=${account.passphrase}`] },
  {
    name: 'TLS with an encrypted key',
    keys: [
      'EAP=tls',
      `ClientCertFile=${FOLDER}/client.pem`,
      `PrivateKeyFile=${FOLDER}/client-locked.key`,
      `PrivateKeyPassphrase=${account.passphrase}`,
    ],
  },
  {
    name: 'TLS',
    keys: ['EAP=tls', `ClientCertFile=${FOLDER}/client.pem`, `PrivateKeyFile=${FOLDER}/client.key`],
    // The reference passes a private key on only together with a passphrase.
    onlyOurs: true,
  },
];

function provision(lab: Lab, keys: readonly string[], identity = account.identity): void {
  const lines = ['[service_corp]', 'Type=wifi', 'Name=Corp', `Identity=${identity}`, ...keys];
  lab.machine.write('/var/lib/connman/corp.config', `${lines.join('\n')}\n`, 0o600);
}

// ConnMan 1.41 hands iwd no credentials of enterprise networks.
const referenceWithSupplicant: ScenarioOptions = { referenceBackends: ['wpa_supplicant'] };

for (const { name, keys, onlyOurs = false } of methods)
  scenario(
    `a network provisioned for ${name} is online without a question`,
    async (lab) => {
      provision(lab, [`CACertFile=${FOLDER}/ca.pem`, ...keys]);
      await lab.begin();
      const folder = await enterpriseFolder(lab.machine);
      await lab.accessPoint(await lab.site(), { ssid: 'Corp', security: enterprise(folder) });
      const { properties } = await lab.find('Corp');
      expect(properties.Security).toEqual(['ieee8021x']);
      await lab.untilOnline('Corp', lab.subject.name === 'ours' ? 15_000 : 60_000);
    },
    { ...referenceWithSupplicant, onlyOurs },
  );

scenario(
  'a network provisioned for PWD is online without a question',
  async (lab) => {
    provision(lab, ['EAP=pwd', `Passphrase=${passwordAccount.passphrase}`], passwordAccount.identity);
    await lab.begin();
    const folder = await enterpriseFolder(lab.machine);
    await lab.accessPoint(await lab.site(), { ssid: 'Corp', security: enterprise(folder) });
    await lab.find('Corp');
    await lab.untilOnline('Corp', 15_000);
  },
  { onlyOurs: true },
);

scenario(
  'an enterprise network without provisioning asks for identity and password once, and is online',
  async (lab) => {
    await lab.begin();
    const folder = await enterpriseFolder(lab.machine);
    await lab.accessPoint(await lab.site(), { ssid: 'Corp', security: enterprise(folder) });
    const user = await lab.user({ Identity: account.identity, Passphrase: account.passphrase });
    await lab.connect('Corp');
    await lab.untilOnline('Corp');
    expect(user.asked).toEqual(['RequestInput Identity Passphrase']);
  },
  { onlyOurs: true },
);

scenario(
  'a server that refuses PEAP is answered by TTLS after the same one question, in the next run, too',
  async (lab) => {
    await lab.begin();
    const folder = await enterpriseFolder(lab.machine);
    const { identity, passphrase } = account;
    lab.machine.write(`${folder}/users`, `* TTLS\n"${identity}" TTLS-MSCHAPV2 "${passphrase}" [2]\n`, 0o600);
    await lab.accessPoint(await lab.site(), { ssid: 'Corp', security: enterprise(folder) });
    const user = await lab.user({ Identity: identity, Passphrase: passphrase });
    await lab.connect('Corp');
    const { path } = await lab.untilOnline('Corp');
    expect(user.asked).toEqual(['RequestInput Identity Passphrase']);
    await lab.stopDaemon();
    await lab.startDaemon();
    await lab.untilOnline('Corp');
    await lab.disconnect('Corp');
    // No agent is registered: a question would fail it.
    await lab.connman.call(path, 'Connect');
    await lab.untilOnline('Corp');
  },
  { onlyOurs: true, backends: ['wpa_supplicant'] },
);

scenario(
  'a server whose certificate is another one than at first use is refused with an error that says so',
  async (lab) => {
    // Otherwise iwd gets the frames of authentication past the link, where no one else sees the certificate.
    lab.machine.write('/etc/iwd/main.conf', '[General]\nControlPortOverNL80211=false\n');
    await lab.begin();
    const folder = await enterpriseFolder(lab.machine);
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Corp', security: enterprise(folder) });
    await lab.user({ Identity: account.identity, Passphrase: account.passphrase });
    await lab.connect('Corp');
    await lab.untilOnline('Corp');

    await accessPoint.stop();
    await lab.connman.until('the connection lost', () => lab.stateOf('Corp') !== 'online', 30_000);
    await certify(lab.machine, folder, 'ca', '/CN=Another CA', ['-addext', 'basicConstraints=critical,CA:TRUE']);
    await certify(lab.machine, folder, 'server', '/CN=radius.example.org');
    await accessPoint.start();

    // connmand comes back by itself and is refused; then the user tries.
    await lab.untilState('Corp', ['failure']);
    await expect(lab.connect('Corp')).rejects.toThrow(/certificate/);
  },
  { onlyOurs: true },
);

scenario(
  'a server whose certificate is not of the configured authority gets no password, and the error names the certificate',
  async (lab) => {
    const ca = `${await enterpriseFolder(lab.machine, '/etc/elsewhere')}/ca.pem`;
    provision(lab, [`CACertFile=${ca}`, 'EAP=peap', 'Phase2=MSCHAPV2', `Passphrase=${account.passphrase}`]);
    await lab.begin();
    const folder = await enterpriseFolder(lab.machine);
    const accessPoint = await lab.accessPoint(await lab.site(), { ssid: 'Corp', security: enterprise(folder) });
    await lab.find('Corp');
    await lab.untilState('Corp', ['failure']);
    await expect(lab.connect('Corp')).rejects.toThrow(/certificate/);
    expect(accessPoint.hostapd.output.items.filter((line) => line.includes('MSCHAPV2'))).toEqual([]);
  },
  { onlyOurs: true },
);

scenario(
  'a wrong enterprise password is asked for again, and never taken for anything else',
  async (lab) => {
    await lab.begin();
    const folder = await enterpriseFolder(lab.machine);
    await lab.accessPoint(await lab.site(), { ssid: 'Corp', security: enterprise(folder) });
    const { identity, passphrase } = account;
    const user = await lab.user({ Identity: [identity, identity], Passphrase: ['looking glass', passphrase] });
    await lab.connect('Corp');
    await lab.untilOnline('Corp');
    expect(user.asked.filter((call) => call.startsWith('RequestInput'))).toHaveLength(2);
  },
  { onlyOurs: true },
);
