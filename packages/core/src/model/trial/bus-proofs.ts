/** Proofs as a client writes them: `online`, `ADDRESS`, `ADDRESS:PORT`, `[ADDRESS]:PORT`. */
import { err, ok, type Result } from '@connman/base';
import { parseIp, parseIpv4 } from '@connman/inet';
import type { Proof } from './trial';

/** That of ssh. */
const defaultPort = 22;

/** The error is for the user. */
export function parseProof(text: string): Result<Proof, string> {
  if (text === 'online') return ok({ kind: 'online' });
  const plain = parseIp(text);
  if (plain) return ok({ kind: 'host', address: plain, port: defaultPort });
  const [, bracketed, bare = '', digits = ''] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed === undefined ? parseIpv4(bare) : parseIp(bracketed);
  const port = Number(digits);
  if (!address || port < 1 || port > 65_535) {
    return err(`"${text}" is not a proof; give online, an address, or ADDRESS:PORT`);
  }
  return ok({ kind: 'host', address, port });
}
