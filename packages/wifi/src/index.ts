/** Wi-Fi through wpa_supplicant or iwd: a technology driver for connmand, and the wireless links it works on. */
export { createWifiDriver, type WifiOptions } from './driver';
export { type KernelLinksPorts, kernelLinks, type WirelessLink, type WirelessLinks } from './links';
