import { parseProof } from './bus-proofs';

test.each([
  ['online', { kind: 'online' }],
  ['192.0.2.1', { kind: 'host', address: '192.0.2.1', port: 22 }],
  ['192.0.2.1:443', { kind: 'host', address: '192.0.2.1', port: 443 }],
  ['2001:db8::1', { kind: 'host', address: '2001:db8::1', port: 22 }],
  ['[2001:db8::1]:443', { kind: 'host', address: '2001:db8::1', port: 443 }],
])('%s is a proof', (text, proof) => {
  expect(parseProof(text)).toEqual({ ok: true, value: proof });
});

test.each([
  '',
  'ready',
  'host.example',
  '192.0.2.1:0',
  '192.0.2.1:65536',
  '192.0.2.1:',
  '[192.0.2]:1',
  '[2001:db8::1]',
])('"%s" is not a proof, and the error says what would be', (text) => {
  expect(parseProof(text)).toEqual({
    ok: false,
    error: `"${text}" is not a proof; give online, an address, or ADDRESS:PORT`,
  });
});
