// WireGuard's keys, and the far end of a tunnel in the kernel.
import { generateKeyPairSync } from 'node:crypto';

export interface Keys {
  readonly private: string;
  readonly public: string;
}

export function keys(): Keys {
  const pair = generateKeyPairSync('x25519');
  const raw = (key: { export(options: { format: 'jwk' }): { d?: string; x?: string } }, part: 'd' | 'x') =>
    Buffer.from(key.export({ format: 'jwk' })[part] ?? '', 'base64url').toString('base64');
  return { private: raw(pair.privateKey, 'd'), public: raw(pair.publicKey, 'x') };
}
