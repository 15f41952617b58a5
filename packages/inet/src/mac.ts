/** Link-layer addresses as values: lower-case hexadecimal pairs with colons. */
export type MacAddress = string & { readonly mac: unique symbol };

export function parseMac(text: string): MacAddress | undefined {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? (text.toLowerCase() as MacAddress) : undefined;
}

/** From six bytes at `offset`. */
export function macFromBytes(bytes: Uint8Array, offset = 0): MacAddress {
  let text = '';
  for (let i = 0; i < 6; i++) text += `${i ? ':' : ''}${(bytes[offset + i] as number).toString(16).padStart(2, '0')}`;
  return text as MacAddress;
}

export function macToBytes(mac: MacAddress): Uint8Array {
  const bytes = new Uint8Array(6);
  for (let i = 0; i < 6; i++) bytes[i] = Number.parseInt(mac.slice(i * 3, i * 3 + 2), 16);
  return bytes;
}

export const macBroadcast = 'ff:ff:ff:ff:ff:ff' as MacAddress;
