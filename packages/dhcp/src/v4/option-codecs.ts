/** The shapes option values have: each a pair of decode (undefined when the bytes do not have the shape) and encode. */
import { ByteReader, ByteWriter } from '@connman/base';
import { type Ipv4Address, ipv4FromBytes, ipv4ToBytes, networkOf, type Prefix } from '@connman/inet';

export interface OptionCodec<T> {
  /** Undefined when the bytes are not of this shape. */
  decode(bytes: Uint8Array): T | undefined;
  encode(value: T): Uint8Array;
}

/*
 * Values of one size are read from the front of what came: servers that send such an option twice, whole each time, have it
 * joined to twice its size (RFC 3396), and the first one counts.
 */

export const uint8: OptionCodec<number> = {
  decode: (bytes) => bytes[0],
  encode: (value) => Uint8Array.of(value),
};

export const uint16: OptionCodec<number> = {
  decode: (bytes) => (bytes.length >= 2 ? new ByteReader(bytes).uint16() : undefined),
  encode: (value) => new ByteWriter(2).uint16(value).finish(),
};

export const uint32: OptionCodec<number> = {
  decode: (bytes) => (bytes.length >= 4 ? new ByteReader(bytes).uint32() : undefined),
  encode: (value) => new ByteWriter(4).uint32(value).finish(),
};

export const address: OptionCodec<Ipv4Address> = {
  decode: (bytes) => (bytes.length >= 4 ? ipv4FromBytes(bytes) : undefined),
  encode: ipv4ToBytes,
};

/** At least one. */
export const addresses: OptionCodec<readonly Ipv4Address[]> = {
  decode(bytes) {
    if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
    const list: Ipv4Address[] = [];
    for (let at = 0; at < bytes.length; at += 4) list.push(ipv4FromBytes(bytes, at));
    return list;
  },
  encode(list) {
    const writer = new ByteWriter(list.length * 4);
    for (const entry of list) writer.bytes(ipv4ToBytes(entry));
    return writer.finish();
  },
};

/** One character a byte, without the NULs some servers put at the end (RFC 2132 section 2). Anything may be in it. */
export const text: OptionCodec<string> = {
  decode(bytes) {
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end--;
    return String.fromCharCode(...bytes.subarray(0, Math.min(end, 1024)));
  },
  encode: (value) => Uint8Array.from(value, (character) => character.charCodeAt(0)),
};

export const bytes: OptionCodec<Uint8Array> = { decode: (value) => value, encode: (value) => value };

/** An option that says something by being there; it has no value. */
export const presence: OptionCodec<true> = {
  decode: (value) => (value.length === 0 ? true : undefined),
  encode: () => new Uint8Array(0),
};

/** A destination and the router to it; 0.0.0.0 as the router means the destination is on the link. */
export interface ClasslessRoute {
  readonly destination: Prefix<Ipv4Address>;
  readonly gateway: Ipv4Address;
}

/** RFC 3442: prefix length, as many destination bytes as it has ones in, four router bytes. Host bits are cleared. */
export const classlessRoutes: OptionCodec<readonly ClasslessRoute[]> = {
  decode(value) {
    const reader = new ByteReader(value);
    const routes: ClasslessRoute[] = [];
    while (reader.remaining > 0) {
      const length = reader.uint8();
      if (length > 32) return undefined;
      const destination = new Uint8Array(4);
      destination.set(reader.view((length + 7) >>> 3));
      const gateway = reader.view(4);
      if (reader.failed) return undefined;
      routes.push({
        destination: { address: networkOf(ipv4FromBytes(destination), length), length },
        gateway: ipv4FromBytes(gateway),
      });
    }
    return routes.length > 0 ? routes : undefined;
  },
  encode(routes) {
    const writer = new ByteWriter();
    for (const { destination, gateway } of routes) {
      writer.uint8(destination.length);
      writer.bytes(ipv4ToBytes(destination.address).subarray(0, (destination.length + 7) >>> 3));
      writer.bytes(ipv4ToBytes(gateway));
    }
    return writer.finish();
  },
};
