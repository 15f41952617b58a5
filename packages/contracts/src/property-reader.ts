/** Reads a{sv} of a peer straight through, and says at the end whether everything was present and well formed. */
import type { Variant } from '@connman/dbus';
import {
  type Duid,
  type Ipv4Address,
  type Ipv6Address,
  type MacAddress,
  parseDuid,
  parseIpv4,
  parseIpv6,
  parseMac,
} from '@connman/inet';

export type Details = ReadonlyMap<string, Variant>;

export class PropertyReader {
  private readonly properties: Details;
  private missing = false;

  constructor(properties: Details) {
    this.properties = properties;
  }

  get complete(): boolean {
    return !this.missing;
  }

  has(key: string): boolean {
    return this.properties.has(key);
  }

  /** The value, or the stand-in, and then the whole is not complete. */
  expect<T>(value: T | undefined, standIn: T): T {
    if (value === undefined) this.missing = true;
    return value ?? standIn;
  }

  text(key: string): string {
    return this.expect(this.properties.get(key)?.as('s'), '');
  }

  number(key: string): number {
    return this.expect(this.properties.get(key)?.as('u'), 0);
  }

  flag(key: string): boolean {
    return this.expect(this.properties.get(key)?.as('b'), false);
  }

  texts(key: string): readonly string[] {
    return this.expect(this.properties.get(key)?.as('as'), []);
  }

  details(key: string): Details {
    return this.expect(this.properties.get(key)?.as('a{sv}'), new Map());
  }

  mac(key: string): MacAddress {
    return this.expect(parseMac(this.text(key)), '00:00:00:00:00:00' as MacAddress);
  }

  duid(key: string): Duid {
    return this.expect(parseDuid(this.text(key)), '' as Duid);
  }

  ipv4(text: string): Ipv4Address {
    return this.expect(parseIpv4(text), '0.0.0.0' as Ipv4Address);
  }

  ipv6(text: string): Ipv6Address {
    return this.expect(parseIpv6(text), '::' as Ipv6Address);
  }

  /** Rows of an array of structs; none, and not complete, if it has another signature. */
  rows<const S extends string>(key: string, signature: S) {
    return this.properties.get(key)?.as(signature) ?? this.expect(undefined, undefined);
  }
}
