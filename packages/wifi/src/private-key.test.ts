import { Secret } from '@connman/base';
import { MemoryFiles } from '@connman/testkit';
import { privateKeyFault } from './private-key';

const files = new MemoryFiles();
files.writeAtomic('/keys/mine', 'key', 0o600);
files.writeAtomic('/keys/ours', 'key', 0o640);

const eap = (path: string) => ({ method: 'tls', privateKey: { path } }) as const;

test('a key of mode 0600 may be used, one that others can read may not', () => {
  expect(privateKeyFault(files, eap('/keys/mine'))).toBeUndefined();
  expect(privateKeyFault(files, eap('/keys/ours'))).toBe(
    'the private key /keys/ours is readable by other users (mode 0640); run chmod 600 on it',
  );
});

test('a key that does not exist is named', () => {
  expect(privateKeyFault(files, eap('/keys/none'))).toBe('the private key /keys/none does not exist');
});

test('a key that is given as text has no file to look at', () => {
  expect(privateKeyFault(files, { method: 'tls', privateKey: { content: new Secret('PEM') } })).toBeUndefined();
  expect(privateKeyFault(files, undefined)).toBeUndefined();
});
