import { constants } from 'node:os';
import type { MacAddress } from '@connman/inet';
import type { LinkFact } from '@connman/netlink';
import { ManualClock, MemoryFiles } from '@connman/testkit';
import { LinkSettling } from './link-settling';

function rig() {
  const [files, clock, settled] = [new MemoryFiles(), new ManualClock(), [] as (readonly [number, string])[]];
  const settling = new LinkSettling({ files, clock, onSettled: (links) => settled.push(...links) });
  const link = (name: string, more: Partial<LinkFact> = {}): LinkFact => ({
    ifindex: 7,
    name,
    hardwareType: 1,
    mac: '02:00:00:00:00:07' as MacAddress,
    mtu: 1500,
    up: false,
    carrier: false,
    operstate: 2,
    master: 0,
    kind: '',
    vlanId: 0,
    physicalPort: '',
    ...more,
  });
  return { files, clock, settled, settling, link };
}

test('where no udev runs a link is taken at once, and once', () => {
  const { settling, settled, link, clock } = rig();
  settling.seen([link('eth0')]);
  settling.seen([link('eth0', { up: true })]);
  expect(settled).toEqual([[7, '']]);
  expect(clock.pending).toBe(0);
});

test('where udev runs a link is taken when udev has named it, with the type that its new name shows', () => {
  const { files, settling, settled, link, clock } = rig();
  files.putFile('/run/udev/control', '').putFile('/sys/class/net/wlp3s0/uevent', 'DEVTYPE=wlan\nIFINDEX=7\n');
  settling.seen([link('eth0')]);
  clock.advance(200);
  expect(settled).toEqual([]);
  settling.seen([link('wlp3s0')]);
  files.putFile('/run/udev/data/n7', '');
  clock.advance(20);
  expect(settled).toEqual([[7, 'wlan']]);
  expect(clock.pending).toBe(0);
});

test('a link that udev forgets is taken after three seconds', () => {
  const { files, settling, settled, link, clock } = rig();
  files.putFile('/run/udev/control', '');
  settling.seen([link('eth0')]);
  clock.advance(2_980);
  expect(settled).toEqual([]);
  clock.advance(40);
  expect(settled).toEqual([[7, '']]);
});

test('a link that is up, or no Ethernet, has its name already', () => {
  const { files, settling, settled, link } = rig();
  files.putFile('/run/udev/control', '');
  settling.seen([link('eth0', { up: true }), link('lo', { ifindex: 1, hardwareType: 772 })]);
  expect(settled).toEqual([
    [7, ''],
    [1, ''],
  ]);
});

test('a link that goes while it is waited for is not told of, and is new when it comes again', () => {
  const { files, settling, settled, link, clock } = rig();
  files.putFile('/run/udev/control', '');
  settling.seen([link('eth0')]);
  settling.gone(7);
  clock.advance(10_000);
  expect([settled, clock.pending]).toEqual([[], 0]);
  files.putFile('/run/udev/data/n7', '');
  settling.seen([link('eth0')]);
  expect(settled).toEqual([[7, '']]);
});

test.each([
  [
    "another namespace's uevent",
    (files: MemoryFiles) => files.putFile('/sys/class/net/eth0/uevent', 'DEVTYPE=wlan\nIFINDEX=70\n'),
  ],
  [
    'folders that cannot be read',
    (files: MemoryFiles) => {
      files.fault = () => constants.errno.EACCES;
    },
  ],
])('%s: the link is taken, and its type is not known', (_name, prepare) => {
  const { files, settling, settled, link } = rig();
  prepare(files);
  settling.seen([link('eth0')]);
  expect(settled).toEqual([[7, '']]);
});
