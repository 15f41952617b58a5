import { decodeFrequencies, decodeHeardBss, triggerScan } from './scan';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

/** As Linux 6.1 sent them for a simulated radio: "Home", WPA2 and WPA3, and one that hides its name. */
const home = bytes(
  '2201000008002e000300000008000300020000000c0099000100000000000000b0002f000a00010002000000010000000400' +
    '0e000c00030053e72b3d536106004b0006000004486f6d65010882848b960c1218240301012a010432043048606c30180100' +
    '000fac040100000fac040200000fac02000fac0880003b0251007f080400400200000040f401200006000400640000000600' +
    '050011040000080002006c090000080014000000000008000c000000000008000a00000000000c000f00005c620200000000' +
    '0800070078ecffff',
);
const hidden = bytes(
  '2201000008002e000300000008000300020000000c0099000100000000000000c8002f000a00010002000000020000000400' +
    '10000c00030020902c3d5361060027000600000001088c129824b048606c0301240504010200003b0273007f080400400200' +
    '00004000040010000c000d0020902c3d5361060027000b00000001088c129824b048606c0301240504010200003b0273007f' +
    '0804004002000000400006000400640000000600050001000000080002003c140000080014000000000008000c0000000000' +
    '08000a0050000000040010000c000f00002cf804000000000800070078ecffff',
);
/** Channels 1, which may be used, and 12, which may not. */
const channel1 = bytes(
  '03010000080001000000000009000200706879300000000008002e00030000003800160034000000300001002c0000000800' +
    '01006c09000008001400000000000400090004000b0004000c0004001a0008000600b80b0000',
);
const channel12 = bytes(
  '03010000080001000000000009000200706879300000000008002e000300000044001600400000003c00010038000b000800' +
    '0100a309000008001400000000000400020004000300040004000400090004000a0004000c0004001a0008000600d0070000',
);

test('an access point is read with its name, its strength and what it offers', () => {
  expect(decodeHeardBss(home, 0, home.length)).toMatchObject({
    ...{ bssid: '02:00:00:00:01:00', signalDbm: -50, frequency: 2412, privacy: true, age: 0 },
    ssid: new TextEncoder().encode('Home'),
    offers: { psk: true, sae: true, eap: false },
  });
});

test('an access point that hides its name has an empty one, and the age of its last beacon', () => {
  const bss = decodeHeardBss(hidden, 0, hidden.length);
  expect(bss).toMatchObject({ frequency: 5180, ssid: new Uint8Array(0), privacy: false, age: 80 });
});

test('a channel that the rules of the country disable is not scanned', () => {
  expect(decodeFrequencies(channel1, 0, channel1.length)).toEqual([2412]);
  expect(decodeFrequencies(channel12, 0, channel12.length)).toEqual([]);
});

test('what the kernel says may be cut short anywhere, or have any byte changed, without an exception', () => {
  for (const message of [home, hidden, channel1, channel12])
    for (let at = 0; at < message.length; at++) {
      for (const flip of [1, 0x0f, 0x80, 0xff]) {
        const broken = message.slice();
        broken[at] = (broken[at] as number) ^ flip;
        expect(() => [decodeHeardBss(broken, 0, at), decodeFrequencies(broken, 0, broken.length)]).not.toThrow();
        expect(() => decodeHeardBss(broken, 0, broken.length)).not.toThrow();
      }
    }
});

test('a scan asks for everybody, for hidden networks by name, and on no channel but the given ones', () => {
  const body = triggerScan(3, [new TextEncoder().encode('Hi')], [2412]);
  const words = [
    '21000000',
    '0800030003000000',
    '10002d80',
    '0600010048690000',
    '04000200',
    '0c002c80',
    '080001006c090000',
  ];
  expect(Buffer.from(body).toString('hex')).toBe(words.join(''));
  const random = triggerScan(3, [new TextEncoder().encode('Hi')], [2412], true);
  expect(Buffer.from(random).toString('hex')).toBe([...words, '08009e0008000000'].join(''));
});
