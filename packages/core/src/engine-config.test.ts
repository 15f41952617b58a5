import { defaultMainSettings } from '@connman/settings';
import { engineConfig, nfsRootInterfaces } from './engine-config';
import { parseOptions } from './options';

test.each([
  ['root=/dev/nfs ip=10.0.0.2:10.0.0.1:10.0.0.1:255.255.255.0:box:eth0:off', ['eth0']],
  ['quiet nfsroot=10.0.0.1:/srv ip=:::::enp1s0:dhcp rw\n', ['enp1s0']],
  ['root=/dev/nfs ip=dhcp', []],
  ['root=/dev/nfs ip=10.0.0.2:10.0.0.1:10.0.0.1:255.255.255.0:box::off', []],
  ['root=/dev/nfs', []],
  ['root=/dev/sda1 ip=:::::eth0:dhcp', []],
  ['', []],
])('the kernel command line %j reserves %j', (commandLine, interfaces) => {
  expect(nfsRootInterfaces(commandLine)).toEqual(interfaces);
});

test.each(['', '(none)', 'localhost'])('the host name %j is none to tell a server', (hostname) => {
  const options = parseOptions(['-n', '-i', 'eth0,eth1', '-I', 'usb*']);
  if (!options.ok) throw new Error(options.error);
  const config = engineConfig(defaultMainSettings, options.value, { hostname, reservedInterfaces: ['eth9'] });
  expect(config.hostname).toBe('');
  expect(config.filter).toMatchObject({ only: ['eth0', 'eth1'], never: ['usb*'], reserved: ['eth9'] });
});
