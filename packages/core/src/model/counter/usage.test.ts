import { changedUsage, growth, parseTraffic, sum } from './usage';

const procNetDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    1164      10    0    0    0     0          0         0     1164      10    0    0    0     0       0          0
  eth0: 5000000001    2001    3    4    0     0          0         9     7002    8003    5    6    0     0       0          0
wlan-0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
`;

test('the kernel’s table is read by its columns, also where a name touches its first number', () => {
  const traffic = parseTraffic(procNetDev);
  expect([...traffic.keys()]).toEqual(['lo', 'eth0', 'wlan-0']);
  expect(traffic.get('eth0')).toEqual([2001, 8003, 5000000001, 7002, 3, 5, 4, 6]);
  expect(traffic.get('wlan-0')).toEqual([2, 10, 1, 9, 3, 11, 4, 12]);
});

test('a damaged table gives what can be read of it', () => {
  for (let end = 0; end <= procNetDev.length; end++) expect(() => parseTraffic(procNetDev.slice(0, end))).not.toThrow();
  expect(parseTraffic('eth0: 1 2').get('eth0')).toEqual([2, 0, 1, 0, 0, 0, 0, 0]);
  expect(parseTraffic('nonsense\n:\n\u0000').size).toBe(0);
});

test('what was carried is the growth, and all of it on a link that was made again', () => {
  expect(growth([5, 100], [7, 100])).toEqual([2, 0]);
  expect(growth([5, 100], [3, 1])).toEqual([3, 1]);
  expect(sum([1], [2, 3, 0, 0, 0, 0, 0, 0, 0.5])).toEqual([3, 3, 0, 0, 0, 0, 0, 0, 0.5]);
});

test('a client hears every value first, then those that changed, in 32 bits (rule 28)', () => {
  const usage = [1, 2, 2 ** 32 + 5, 4, 0, 0, 0, 0, 9];
  expect(Object.fromEntries(changedUsage(undefined, usage))).toEqual({
    ...{ 'RX.Packets': 1, 'TX.Packets': 2, 'RX.Bytes': 5, 'TX.Bytes': 4, 'RX.Errors': 0, 'TX.Errors': 0 },
    ...{ 'RX.Dropped': 0, 'TX.Dropped': 0, Time: 9 },
  });
  expect([...changedUsage(usage, [...usage.slice(0, 8), 10])]).toEqual([['Time', 10]]);
});
