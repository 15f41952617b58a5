import { parseCallback } from './callbacks';

const message = (...texts: string[]) => new TextEncoder().encode(texts.map((text) => `${text}\0`).join(''));

test('arguments and environment come apart, empty arguments included', () => {
  const whole = message('3', '2', '/usr/lib/connman/connman-vpn-callback', 'tun0', '', 'A=1', 'B=x=y');
  expect(parseCallback(whole)).toEqual({
    args: ['tun0', ''],
    environment: new Map([
      ['A', '1'],
      ['B', 'x=y'],
    ]),
  });
});

test('a message that is not whole is none yet, and no change of a byte does harm', () => {
  const whole = message('2', '1', 'program', 'up', 'A=1');
  for (let length = 0; length < whole.length; length++)
    expect(parseCallback(whole.subarray(0, length))).toBeUndefined();
  for (let at = 0; at < whole.length; at++)
    for (const byte of [0, 45, 57, 255]) parseCallback(Uint8Array.from(whole, (old, i) => (i === at ? byte : old)));
});
