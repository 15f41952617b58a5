// OpenConnect with what a user has beside a password: a certificate on a PKCS#11 token behind its PIN, and one-time passwords.
import { type Host, peersFolder } from '../netns/lab/host';
import { offerPrograms } from '../netns/lab/peers';
import { ident, withOcserv } from './ocserv';
import type { VpnSite } from './site';

jest.setTimeout(60_000);

const asked = ({ questions }: VpnSite) =>
  questions.items.map((fields) => [...fields.keys()].filter((name) => name !== 'Host' && name !== 'Name'));

/** What the agent was shown as the question of the server or the token. */
const prompts = ({ questions }: VpnSite) =>
  questions.items.flatMap((fields) => fields.get('OpenConnect.Prompt')?.as('a{sv}')?.get('Value')?.as('s') ?? []);

/** SoftHSM as the machine's token `lab`, with the client's key and certificate. */
async function insertToken(machine: Host): Promise<void> {
  await offerPrograms(machine, 'openconnect', 'p11tool');
  machine.write('/etc/softhsm/softhsm2.conf', 'directories.tokendir = /var/lib/softhsm\n');
  await machine.run('mkdir -p /var/lib/softhsm');
  machine.write('/etc/pkcs11/modules/softhsm.module', `module: ${peersFolder}/usr/lib/softhsm/libsofthsm2.so\n`);
  const p11tool = (...words: string[]) => machine.run(['p11tool', '--batch', ...words]);
  await p11tool('--initialize', '--label', 'lab', '--set-so-pin', '12345678', 'pkcs11:model=SoftHSM%20v2');
  await p11tool('--initialize-pin', '--set-so-pin', '12345678', '--set-pin', '246810', 'pkcs11:token=lab');
  for (const [kind, file] of [
    ['privkey', 'client.key'],
    ['certificate', 'client.crt'],
  ]) {
    const put = ['--write', `--load-${kind}`, `/run/etc/openvpn-client/${file}`, '--label', 'alice', '--id', '01'];
    await p11tool('--login', '--set-pin', '246810', ...put, 'pkcs11:token=lab');
  }
}

test('a certificate on a PKCS#11 token: its PIN is asked for by the agent, a wrong one again with the reason', () =>
  withOcserv(
    {
      client: (folder) => [
        ...['OpenConnect.AuthType = publickey', 'OpenConnect.ClientCert = pkcs11:token=lab;object=alice'],
        ...[`OpenConnect.CACert = ${folder}/ca.crt`, 'OpenConnect.NoDTLS = true'],
      ],
      server: ['auth = "certificate"', 'ca-cert = /run/ocserv/ca.crt', 'cert-user-oid = 2.5.4.3'],
      prepare: insertToken,
    },
    async (site) => {
      await site.agent();
      site.answers = ['13579', '246810'].map((text) => ({ 'OpenConnect.PKCSPassword': text }));
      await site.connection(ident).call('Connect', [], { timeoutMs: 30_000 });
      expect((await site.properties(ident)).State).toBe('ready');
      const question = ['OpenConnect.PKCSPassword', 'OpenConnect.Prompt'];
      expect(asked(site)).toEqual([question, ['VpnAgent.AuthFailure', ...question]]);
      expect(prompts(site)[0]).toMatch(/lab.*PIN:/);
      expect(site.daemon?.output.tail(300)).not.toMatch(/246810|13579/);
      expect(await site.lab.machine.run('ps axww')).not.toMatch(/246810/);
    },
  ));

/** RFC 4226, appendix D: the secret, and the codes of the first counters. */
const secret = Buffer.from('12345678901234567890').toString('hex');
const codes = ['755224', '287082', '359152'];

test('a one-time password after the password: asked for each time, a wrong one is refused, none is kept', () =>
  withOcserv(
    {
      client: (folder) => [
        ...['OpenConnect.AuthType = userpass', `OpenConnect.CACert = ${folder}/ca.crt`, 'OpenConnect.NoDTLS = true'],
      ],
      server: ['auth = "plain[passwd=/run/ocserv/passwd,otp=/run/ocserv/users.oath]"'],
      prepare: (_, far) => far.write('/run/ocserv/users.oath', `HOTP alice - ${secret}\n`),
    },
    async (site) => {
      await site.agent();
      const alice = { Username: 'alice', Password: 'wonder land' };
      const code = (text = '') => ({ 'OpenConnect.SecondPassword': text });
      site.answers = [alice, code('000000'), alice, code(codes[0]), code(codes[1])];
      const connect = () => site.connection(ident).call('Connect', [], { timeoutMs: 30_000 });
      await connect();
      expect((await site.properties(ident)).State).toBe('ready');
      const password = ['Username', 'Password'];
      const factor = ['OpenConnect.SecondPassword', 'OpenConnect.Prompt'];
      expect(asked(site)).toEqual([password, factor, ['VpnAgent.AuthFailure', ...password], factor]);
      expect(prompts(site)[0]).toMatch(/OTP/);
      await site.connection(ident).call('Disconnect', []);
      await connect();
      expect(asked(site).slice(4)).toEqual([factor]);
      expect(site.daemon?.output.tail(300)).not.toMatch(/wonder land|755224|287082/);
    },
  ));
