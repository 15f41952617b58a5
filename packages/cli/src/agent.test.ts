import { str, Variant } from '@connman/dbus';
import { input, vpnInput } from './agent';

/** Holds the dialogue with these answers; gives the questions, and what goes back. */
async function dialogue(fields: readonly string[], answers: readonly string[]) {
  const questions: string[] = [];
  const rest = [...answers];
  const wanted = new Map(fields.map((field) => [field, new Variant('a{sv}', new Map())]));
  const result = await input(async (question) => {
    questions.push(question.trim());
    return rest.shift();
  }, wanted);
  const values = [...(result as ReadonlyMap<string, Variant>)].map(([key, value]) => `${key}=${value.value}`);
  return { questions, values, left: rest.length };
}

test('fields are asked for in a fixed order, and only those that are wanted', async () => {
  const all = ['Password', 'Username', 'Passphrase', 'Identity', 'Name', 'SSID', 'PreviousPassphrase'];
  expect(await dialogue(all, ['net', 'me', 'secret', 'user', ''])).toEqual({
    questions: ['Hidden SSID name?', 'EAP username?', 'Passphrase?', 'WISPr username?', 'WISPr password?'],
    values: ['Name=net', 'Identity=me', 'Passphrase=secret', 'Username=user', 'Password='],
    left: 0,
  });
});

test('a hidden network’s name has 1 to 32 bytes', async () => {
  const { questions, values } = await dialogue(['Name'], ['', 'x'.repeat(33), 'ä'.repeat(17), 'x'.repeat(32)]);
  expect([questions.length, values]).toEqual([4, [`Name=${'x'.repeat(32)}`]]);
});

test('without WPS a passphrase must be given', async () => {
  expect((await dialogue(['Passphrase'], ['', ' x '])).values).toEqual(['Passphrase= x ']);
});

test('with WPS an empty passphrase leads to the PIN, a given one spares it', async () => {
  expect((await dialogue(['Passphrase', 'WPS'], ['', ''])).values).toEqual(['WPS=']);
  expect((await dialogue(['Passphrase', 'WPS'], ['', '12345678'])).values).toEqual(['WPS=12345678']);
  expect((await dialogue(['Passphrase', 'WPS'], ['secret'])).values).toEqual(['Passphrase=secret']);
});

test('fields that a driver names itself come last; one that may be left out is left out if the line is empty', async () => {
  const field = (requirement: string) => new Variant('a{sv}', new Map([['Requirement', str(requirement)]]));
  const wanted = new Map([
    ['APN', field('mandatory')],
    ['APN.Username', field('optional')],
    ['APN.Password', field('optional')],
    ['PreviousPassphrase', field('informational')],
  ]);
  const questions: string[] = [];
  const rest = ['web.example', '', 'hush'];
  const answers = await input(async (question) => {
    questions.push(question);
    return rest.shift();
  }, wanted);
  expect(questions).toEqual(['APN? ', 'APN.Username (empty line for none)? ', 'APN.Password (empty line for none)? ']);
  const given = [...(answers as ReadonlyMap<string, Variant>)].map(([name, { value }]) => `${name}=${value}`);
  expect(given).toEqual(['APN=web.example', 'APN.Password=hush']);
});

test('a VPN’s fields are asked for as ConnMan’s client does, in its order, and any other mandatory one by its name', async () => {
  const field = (requirement: string) => new Variant('a{sv}', new Map([['Requirement', str(requirement)]]));
  const questions: string[] = [];
  const answers = await vpnInput(
    async (question) => {
      questions.push(question);
      return String(questions.length);
    },
    new Map([
      ['Host', field('informational')],
      ['OpenVPN.Challenge', field('informational')],
      ['OpenVPN.Password', field('mandatory')],
      ['Password', field('mandatory')],
      ['Username', field('mandatory')],
      ['OpenConnect.SecondPassword', field('mandatory')],
      ['OpenConnect.VPNHost', field('optional')],
      ['OpenConnect.ServerCert', field('optional')],
      ['OpenConnect.Cookie', field('mandatory')],
      ['KeepCredentials', field('control')],
    ]),
  );
  expect(questions).toEqual([
    'OpenConnect Cookie? ',
    'OpenConnect server certificate hash? ',
    'OpenConnect VPN server? ',
    'VPN one-time password? ',
    'VPN username? ',
    'VPN password? ',
    'OpenVPN.Password? ',
  ]);
  const given = [...(answers as ReadonlyMap<string, Variant>)].map(([name, { value }]) => `${name}=${value}`);
  expect(given.slice(-2)).toEqual(['Password=6', 'OpenVPN.Password=7']);
});
