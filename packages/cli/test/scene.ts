/** A machine with a wire, wifi out of use, a VPN, and whatever else a listing may show. */
import { bool, byte, dict, int32, str, strings, uint16, uint64 } from '@connman/dbus';
import type { Scene } from './fake-connman';

export const wired = 'ethernet_525400123456_cable';
export const home = 'wifi_1_2_managed_psk';

export const scene: Scene = {
  manager: { State: str('online'), OfflineMode: bool(false), SessionMode: bool(false) },
  clock: { Time: uint64(1736000000n), TimeUpdates: str('auto'), Timeservers: strings(['ntp.example']) },
  technologies: {
    ethernet: { Name: str('Wired'), Type: str('ethernet'), Powered: bool(true), TetheringFreq: int32(2412) },
    wifi: { Name: str('WiFi'), Type: str('wifi'), Powered: bool(false) },
  },
  services: {
    [wired]: {
      Type: str('ethernet'),
      State: str('online'),
      Favorite: bool(true),
      AutoConnect: bool(true),
      Name: str('Wired'),
      Ethernet: dict({ Method: str('auto'), Interface: str('eth0'), MTU: uint16(1500) }),
      Nameservers: strings(['192.0.2.1', '192.0.2.2']),
      IPv6: dict({}),
    },
    [home]: { Type: str('wifi'), State: str('idle'), Name: str('Home'), Strength: byte(80) },
  },
  peers: { peer_a: { Name: str('Joe'), State: str('idle') } },
  tetheringClients: ['aa:bb:cc:dd:ee:ff', '00:11:22:33:44:55'],
  connections: { host: { Name: str('Work'), State: str('ready') } },
  errors: {
    'technology/wifi SetProperty Powered b false': 'AlreadyDisabled',
    'technology/ethernet SetProperty Powered b true': 'AlreadyEnabled',
    'technology/wifi SetProperty Powered b true': 'PermissionDenied',
    'technology/ethernet Scan': 'NotSupported',
    'technology/ethernet SetProperty Tethering': 'NotSupported',
    [`service/${home} Connect`]: 'InProgress',
    [`service/${home} SetProperty`]: 'InvalidArguments',
    [`service/${home} MoveBefore`]: 'InvalidService',
    'Manager UnregisterPeerService': 'NotFound',
  },
};
