/** Wi-Fi through wpa_supplicant or iwd: a technology driver for connmand, and the wireless links it works on. */
export { createWifiDriver, type WifiOptions } from './driver';
export { type KernelLinksPorts, kernelLinks, type WirelessLink, type WirelessLinks } from './links';
export type { AirEvent } from './nl80211/air';
export type { HeardBss } from './nl80211/ears';
export { kernelNl80211, type Nl80211 } from './nl80211/kernel';
export type * as p2p from './p2p/driver';
export type * as wired from './wired/driver';
