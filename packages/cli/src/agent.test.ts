import { Variant } from '@connman/dbus';
import { input } from './agent';

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
