/** What nl80211 says of a radio's channels and of what it heard, and the request for a scan. */
import { macFromBytes } from '@connman/inet';
import { AttributeReader, GENERIC_HEADER_BYTES, genericBody } from '@connman/netlink';
import { decodeSecurity, ssidOf } from '../radio/elements';
import type { Bss } from '../radio/networks';
import { nl80211 } from './numbers';

/** A BSS of the kernel's list; `age` is milliseconds since its last beacon or probe response, give or take a clock tick. */
export type AgedBss = Bss & { readonly age: number };

const { attribute } = nl80211;

/** `randomAddress`: in place of the link's; a link that is connected refuses it. */
export function triggerScan(
  ifindex: number,
  ssids: readonly Uint8Array[],
  frequencies: readonly number[],
  randomAddress = false,
): Uint8Array {
  const body = genericBody(nl80211.command.triggerScan, 0).attribute32(attribute.ifindex, ifindex);
  // The empty SSID asks everybody.
  body.attributeNested(attribute.scanSsids, (list) =>
    [...ssids, new Uint8Array(0)].forEach((ssid, i) => {
      list.attribute(i + 1, ssid);
    }),
  );
  body.attributeNested(attribute.scanFrequencies, (list) =>
    frequencies.forEach((frequency, i) => {
      list.attribute32(i + 1, frequency);
    }),
  );
  if (randomAddress) body.attribute32(attribute.scanFlags, nl80211.scanFlag.randomAddress);
  return body.finish();
}

/** Undefined for what is no infrastructure BSS. `start` and `end`: the body of an answer to GET_SCAN. */
export function decodeHeardBss(bytes: Uint8Array, start: number, end: number): AgedBss | undefined {
  const attributes = new AttributeReader(bytes, start + GENERIC_HEADER_BYTES, end);
  while (attributes.next()) if (attributes.type === attribute.bss) return decodeBss(attributes.nested());
  return undefined;
}

const capabilityEss = 0x01;
const capabilityPrivacy = 0x10;

function decodeBss(entry: AttributeReader): AgedBss | undefined {
  let bssid: AgedBss['bssid'] | undefined;
  let elements: Uint8Array | undefined;
  let beacon: Uint8Array | undefined;
  let frequency = 0;
  let capability = 0;
  let signalMbm = -10_000;
  let age = 0;
  while (entry.next()) {
    switch (entry.type) {
      case nl80211.bss.bssid:
        if (entry.length === 6) bssid = macFromBytes(entry.bytes, entry.start);
        break;
      case nl80211.bss.frequency:
        frequency = entry.number();
        break;
      case nl80211.bss.capability:
        capability = entry.number();
        break;
      case nl80211.bss.elements:
        elements = entry.bytes.subarray(entry.start, entry.end);
        break;
      case nl80211.bss.beaconElements:
        beacon = entry.bytes.subarray(entry.start, entry.end);
        break;
      case nl80211.bss.signalMbm:
        signalMbm = entry.number() | 0;
        break;
      case nl80211.bss.seenMsAgo:
        age = entry.number();
        break;
    }
  }
  const all = elements ?? beacon;
  if (bssid === undefined || !all || (capability & capabilityEss) === 0) return undefined;
  const signalDbm = Math.round(signalMbm / 100);
  const privacy = (capability & capabilityPrivacy) !== 0;
  return { bssid, ssid: ssidOf(all), signalDbm, frequency, privacy, offers: decodeSecurity(all), age };
}

/** Frequencies in MHz that may be scanned, as one answer to GET_WIPHY lists them. */
export function decodeFrequencies(bytes: Uint8Array, start: number, end: number): number[] {
  const found: number[] = [];
  const attributes = new AttributeReader(bytes, start + GENERIC_HEADER_BYTES, end);
  while (attributes.next()) {
    if (attributes.type !== attribute.wiphyBands) continue;
    const bands = attributes.nested();
    while (bands.next()) {
      const band = bands.nested();
      while (band.next()) if (band.type === nl80211.band.frequencies) found.push(...enabled(band.nested()));
    }
  }
  return found;
}

function* enabled(entries: AttributeReader): Generator<number> {
  while (entries.next()) {
    const entry = entries.nested();
    let megahertz = 0;
    let disabled = false;
    while (entry.next()) {
      if (entry.type === nl80211.frequency.megahertz) megahertz = entry.number();
      else if (entry.type === nl80211.frequency.disabled) disabled = true;
    }
    if (megahertz !== 0 && !disabled) yield megahertz;
  }
}
