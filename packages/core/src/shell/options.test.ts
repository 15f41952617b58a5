import { parseOptions } from './options';

function parsed(...args: string[]) {
  const result = parseOptions(args);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

test('without options the daemon manages everything and runs the DNS proxy', () => {
  expect(parsed()).toMatchObject({ config: '/etc/connman/main.conf', devices: [], dnsProxy: true, foreground: false });
});

test('values are taken in every spelling, lists add up', () => {
  expect(parsed('-c', '/a', '-i', 'eth0,eth1', '--device=wlan0', '--nodevice', 'veth*', '-ddhcp')).toMatchObject({
    config: '/a',
    devices: ['eth0', 'eth1', 'wlan0'],
    noDevices: ['veth*'],
    debug: ['dhcp'],
  });
});

test('switches may be written together, debug may stand without a value', () => {
  expect(parsed('-nr', '-d', '--nobacktrace')).toMatchObject({
    foreground: true,
    dnsProxy: false,
    debug: ['*'],
    backtrace: false,
  });
});

test.each([
  [['--bogus'], 'Unknown option --bogus'],
  [['-x'], 'Unknown option -x'],
  [['stray'], 'Unknown option stray'],
  [['--config'], 'Missing argument for --config'],
  [['--nodaemon=yes'], 'Option --nodaemon takes no value'],
])('%j is refused', (args, text) => {
  expect(parseOptions(args)).toEqual({ ok: false, error: text });
});

test('what follows --check are files', () => {
  expect(parsed('--check').check).toEqual([]);
  expect(parsed('--check', 'a.config', '-c', '/b', 'main.conf')).toMatchObject({
    check: ['a.config', 'main.conf'],
    config: '/b',
  });
  expect(parsed('-n').check).toBe(undefined);
});

test('folders are taken without their last slash', () => {
  expect(parsed('--storage', '/a/b/', '--runtime=/')).toMatchObject({ storage: '/a/b', runtime: '/' });
  expect(parsed()).toMatchObject({ storage: '/var/lib/connman', runtime: '/run/connman', pidfile: undefined });
});
