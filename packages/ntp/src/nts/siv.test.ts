import { open, s2v, seal } from './siv';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
const hex = (value: Uint8Array | undefined) => value && Buffer.from(value).toString('hex');

const key = bytes('fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff');

test('the synthetic IV of RFC 5297 A.1 comes out, of one header and a short text', () => {
  const header = bytes('10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627');
  const plain = bytes('11223344 55667788 99aabbcc ddee');
  expect(hex(s2v(key.subarray(0, 16), [header, plain]))).toBe('85632d07c6e8f37f950acd320a2ecc93');
});

test('RFC 5297 A.2 is sealed and opened, its second header apart', () => {
  const nonceKey = bytes('7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f');
  const texts = [
    bytes('00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100'),
    bytes('10203040 50607080 90a0'),
    bytes('09f91102 9d74e35b d84156c5 635688c0'),
    bytes('74686973 20697320 736f6d65 20706c61 696e7465 78742074 6f20656e 63727970 74207573 696e6720 5349562d 414553'),
  ];
  expect(hex(s2v(nonceKey.subarray(0, 16), texts))).toBe('7bdb6e3b432667eb06f4d14bff2fbd0f');
});

test('what was sealed is opened with the same nonce and header, and with no other', () => {
  const nonce = bytes('000102030405060708090a0b0c0d0e0f');
  for (const length of [0, 1, 15, 16, 17, 100]) {
    const plain = new Uint8Array(length).fill(7);
    const sealed = seal(key, nonce, bytes('0102'), plain);
    expect(hex(open(key, nonce, bytes('0102'), sealed))).toBe(hex(plain));
    expect(open(key, nonce, bytes('0103'), sealed)).toBeUndefined();
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice();
      changed[i] = (changed[i] as number) ^ 1;
      expect(open(key, nonce, bytes('0102'), changed)).toBeUndefined();
    }
  }
});

test('less than a tag is not opened', () => {
  expect(open(key, bytes('00'), bytes(''), bytes('0011'))).toBeUndefined();
});
