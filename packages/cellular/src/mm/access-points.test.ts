import { Secret, silentLogger } from '@connman/base';
import { MemoryFiles } from '@connman/testkit';
import { AccessPointNames, providedName } from './access-points';

const provider = (ids: string, apns: string) => `<provider><name>X</name><gsm>${ids}${apns}</gsm></provider>`;
const id = (mcc: string, mnc: string) => `<network-id mcc="${mcc}" mnc="${mnc}"/>`;
const apn = (value: string, usage = 'internet', more = '') =>
  `<apn value="${value}"><usage type="${usage}"/>${more}</apn>`;

test.each([
  ['the one for the internet', provider(id('244', '07'), apn('web') + apn('mms', 'mms')), 'web'],
  ['the same one of several plans', provider(id('244', '07'), apn('web') + apn('web')), 'web'],
  ['one without a usage', provider(id('244', '07'), '<apn value="web"><name>x</name></apn>'), 'web'],
  ['a code of three digits', provider(id('244', '007'), apn('web')), 'web'],
  ['none of a choice', provider(id('244', '07'), apn('web') + apn('surf')), undefined],
  [
    'none of several companies with one code',
    provider(id('244', '07'), apn('a')) + provider(id('244', '07'), apn('b')),
    undefined,
  ],
  ['none of another operator', provider(id('244', '08') + id('245', '07'), apn('web')), undefined],
])('of the database it takes %s', (_, xml, expected) => {
  expect(providedName(`<serviceproviders>${xml}</serviceproviders>`, '24407')?.apn).toBe(expected);
});

test('an operator that the SIM does not name has none', () => {
  expect(providedName(provider(id('244', '07'), apn('web')), '')).toBeUndefined();
});

test('what a user gave goes before the database, and is readable by root alone', () => {
  const files = new MemoryFiles().putFile(
    '/usr/share/mobile-broadband-provider-info/serviceproviders.xml',
    provider(id('244', '07'), apn('web')),
  );
  const names = new AccessPointNames({ files, log: silentLogger, file: '/names' });
  expect(names.of('1', '24407')).toEqual({ apn: 'web' });
  names.keep('1', { apn: 'mine', user: 'me', password: new Secret('hush') });
  names.keep('2', { apn: 'other' });
  const { password, ...rest } = names.of('1', '24407') ?? { apn: '' };
  expect([rest, password?.reveal()]).toEqual([{ apn: 'mine', user: 'me' }, 'hush']);
  expect(names.of('2', '24407')).toEqual({ apn: 'other' });
  expect(files.status('/names')?.mode).toBe(0o600);
});

test.each(['no JSON', '[]', '{"1": 7}', 'null'])('a file with %s is as none', (content) => {
  const files = new MemoryFiles().putFile('/names', content);
  const names = new AccessPointNames({ files, log: silentLogger, file: '/names' });
  expect(names.of('1', '24407')).toBeUndefined();
  names.keep('1', { apn: 'mine' });
  expect(names.of('1', '24407')).toEqual({ apn: 'mine' });
});
