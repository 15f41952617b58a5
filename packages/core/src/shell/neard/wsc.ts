/**
 * The credential that a tag or a phone hands over for a Wi-Fi network: attributes of Wi-Fi Simple Configuration (Wi-Fi Alliance, WSC
 * 2.0, section 12), each a type, a length and a value, in network byte order.
 */
import { err, ok, type Result } from '@connman/base';

export interface WscCredential {
  readonly ssid: Uint8Array;
  /** Absent for an open network. */
  readonly key?: string;
}

const attribute = {
  authenticationType: 0x1003,
  credential: 0x100e,
  encryptionType: 0x100f,
  macAddress: 0x1020,
  networkIndex: 0x1026,
  networkKey: 0x1027,
  devicePassword: 0x102c,
  ssid: 0x1045,
} as const;
/** Bits of authentication types. */
const open = 0x0001;
const personal = 0x0002 | 0x0020;
const wpa2 = 0x0022;
/** Encryption types. */
const noEncryption = 0x0001;
const aes = 0x0008;
/** Of a credential that is meant for any reader. */
const anyAddress = new Uint8Array(6).fill(0xff);

/** The first network in it; an error says what else it is. */
export function decodeCredential(bytes: Uint8Array): Result<WscCredential, string> {
  const outer = attributesOf(bytes);
  if (!outer) return err('it is cut short');
  const nested = outer.get(attribute.credential);
  // Some tags have the attributes without a credential around them.
  const inner = nested ? attributesOf(nested) : outer;
  if (!inner) return err('its credential is cut short');
  const ssid = inner.get(attribute.ssid);
  if (!ssid && outer.has(attribute.devicePassword))
    return err('it is a password for WPS and names no network; hand over the network itself');
  if (!ssid || ssid.length === 0 || ssid.length > 32) return err('it has no network name');
  const type = inner.get(attribute.authenticationType);
  const bits = type?.length === 2 ? (type[0] as number) * 256 + (type[1] as number) : 0;
  // Old writers end it with a zero byte.
  const key = Buffer.from(inner.get(attribute.networkKey) ?? [])
    .toString('utf8')
    .replace(/\0$/, '');
  if (bits & personal) return key === '' ? err('it has no key') : ok({ ssid, key });
  if (bits & open) return ok({ ssid });
  return err('its network is neither open nor has a passphrase');
}

export function encodeCredential({ ssid, key }: WscCredential): Uint8Array {
  const text = new TextEncoder().encode(key ?? '');
  const inner = [
    ...encoded(attribute.networkIndex, Uint8Array.of(1)),
    ...encoded(attribute.ssid, ssid),
    ...encoded(attribute.authenticationType, uint16(key === undefined ? open : wpa2)),
    ...encoded(attribute.encryptionType, uint16(key === undefined ? noEncryption : aes)),
    ...encoded(attribute.networkKey, text),
    ...encoded(attribute.macAddress, anyAddress),
  ];
  return Uint8Array.from(encoded(attribute.credential, Uint8Array.from(inner)));
}

/** The first of each type; undefined if it is cut short. */
function attributesOf(bytes: Uint8Array): Map<number, Uint8Array> | undefined {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const type = (bytes[at] as number) * 256 + (bytes[at + 1] as number);
    const length = (bytes[at + 2] as number) * 256 + (bytes[at + 3] as number);
    const end = at + 4 + length;
    if (end > bytes.length) return undefined;
    if (!found.has(type)) found.set(type, bytes.subarray(at + 4, end));
    at = end;
  }
  return found;
}

const uint16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

const encoded = (type: number, value: Uint8Array): number[] => [...uint16(type), ...uint16(value.length), ...value];
