import { Secret } from '@connman/base';
import { Secrets } from './secrets';

const text = 'correct horse battery';

test('a stripped event shows the secret nowhere, and filling it gives the secret back', () => {
  const secrets = new Secrets();
  const event = { kind: 'learned', attempt: 3, passphrase: new Secret(text), eap: [{ password: new Secret('x') }] };
  const stripped = secrets.strip(event);
  expect(JSON.stringify(stripped)).not.toContain(text);
  expect(stripped).toEqual({
    kind: 'learned',
    attempt: 3,
    passphrase: { secret: 1 },
    eap: [{ password: { secret: 2 } }],
  });
  const filled = secrets.fill(stripped) as typeof event;
  expect(filled.passphrase.reveal()).toBe(text);
  expect(filled.attempt).toBe(3);
});

test('a reference says nothing about the text: equal secrets have different ones', () => {
  const secrets = new Secrets();
  expect(secrets.keep(new Secret(text))).not.toEqual(secrets.keep(new Secret(text)));
});
