import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { whole } from '../../test/whole-root';
import { enterNewNamespace } from '../processes/namespace';
import { tunnelDevicePort } from './tunnel-device-port';

const where = existsSync('/dev/net/tun') ? whole : test.skip;

where('a device stays when it is closed, has its owner, and is made again without complaint', () => {
  const namespace = enterNewNamespace();
  try {
    const show = () => spawnSync('ip', ['-d', 'link', 'show', 'vpn0'], { encoding: 'utf8' }).stdout;
    tunnelDevicePort.create('vpn0', 'tun', { user: 65534, group: 65534 });
    expect(show()).toMatch(/tun type tun pi off vnet_hdr off persist on user nobody group nogroup/);
    tunnelDevicePort.create('vpn0', 'tun');
    expect(show()).toMatch(/ persist on user root /);
    expect(() => tunnelDevicePort.create('vpn0', 'tap')).toThrow('vpn0: TUNSETIFF failed: EINVAL');
    expect(() => tunnelDevicePort.create('a-name-that-is-too-long', 'tun')).toThrow('the name is too long');
  } finally {
    namespace.leave();
  }
});

where('an open device has the kernel’s choice of a name and goes with its descriptor', () => {
  const namespace = enterNewNamespace();
  const links = () => spawnSync('ip', ['-br', 'link'], { encoding: 'utf8' }).stdout.match(/tun\d/g) ?? [];
  try {
    const first = tunnelDevicePort.open();
    const second = tunnelDevicePort.open();
    expect([first.interfaceName, second.interfaceName]).toEqual(['tun0', 'tun1']);
    expect(links()).toEqual(['tun0', 'tun1']);
    first.close();
    expect(links()).toEqual(['tun1']);
    second.close();
  } finally {
    namespace.leave();
  }
});
