import { silentLogger } from '@connman/base';
import { ManualClock, MemoryFiles } from '@connman/testkit';
import { type RunningTunnel, RunningTunnels } from './running';

const tunnel: RunningTunnel = {
  type: 'wireguard',
  facts: { ifindex: 7, addresses: [], nameservers: [], domains: [], routes: [], servers: [] },
  record: { processes: [], interfaceName: 'wg0' },
};

function start() {
  const [files, clock] = [new MemoryFiles(), new ManualClock()];
  return { files, clock, running: new RunningTunnels(files, '/run/connman-vpn', clock, silentLogger) };
}

test('a tunnel is on file after the turn in which it came up, and before the daemon ends', () => {
  const { files, clock, running } = start();
  running.save('office', tunnel);
  expect(running.load().size).toBe(0);
  clock.advance(0);
  expect(running.load()).toEqual(new Map([['office', tunnel]]));
  expect(files.status('/run/connman-vpn/office/tunnel.json')?.mode).toBe(0o600);

  const later = { ...tunnel, record: { ...tunnel.record, interfaceName: 'wg1' } };
  running.save('office', later);
  running.close();
  expect(running.load()).toEqual(new Map([['office', later]]));
  expect(clock.pending).toBe(0);
});

test('a tunnel that ends in the turn in which it came up leaves no file', () => {
  const { clock, running } = start();
  running.save('office', tunnel);
  running.forget('office');
  clock.advance(0);
  expect(running.folders()).toEqual([]);
});
