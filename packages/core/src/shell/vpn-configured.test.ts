import { MemoryFiles } from '@connman/testkit';
import { isVpnConfigured } from './vpn-configured';

const folders = { storageFolder: '/var/lib/connman', provisioningFolder: '/var/lib/connman-vpn' };

const configured = (...names: string[]) => {
  const files = new MemoryFiles();
  for (const name of names) files.writeAtomic(name, '');
  return isVpnConfigured({ files, ...folders });
};

test('a VPN is configured where a provider is stored or a file provides one', () => {
  expect(configured('/var/lib/connman/provider_office/settings')).toBe(true);
  expect(configured('/var/lib/connman-vpn/office.config')).toBe(true);
});

test('no VPN is configured by the services of other technologies, or without any folder', () => {
  expect(configured('/var/lib/connman/ethernet_02_cable/settings', '/var/lib/connman-vpn/office.ovpn')).toBe(false);
  expect(configured()).toBe(false);
});
