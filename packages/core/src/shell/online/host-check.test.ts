import { OsError } from '@connman/base';
import type { Ipv4Address } from '@connman/inet';
import type { StreamOptions, StreamPort } from '@connman/ports';
import { hostChecker } from './host-check';

const request = { checkId: 1, address: '192.0.2.1' as Ipv4Address, port: 22, interfaceName: 'eth0', timeoutMs: 2000 };

function check(happens: (options: StreamOptions) => void) {
  let options: StreamOptions | undefined;
  let closed = 0;
  const streams: StreamPort = {
    connect: (given) => {
      options = given;
      return { write: () => {}, pendingBytes: 0, close: () => closed++ };
    },
  };
  const faults: (string | undefined)[] = [];
  hostChecker(streams)(request, (fault) => faults.push(fault));
  if (options) happens(options);
  return { options, faults, closed };
}

test('a host that accepts the connection responds, and the connection is closed', () => {
  expect(check(({ onOpen }) => onOpen())).toMatchObject({ faults: [undefined], closed: 1 });
});

test('a host that refuses the connection responds', () => {
  const { faults } = check(({ onError }) => onError(new OsError('connect', 111, 'tcp 192.0.2.1:22')));
  expect(faults).toEqual([undefined]);
});

test('a router that says there is no way to the host, and silence, are faults', () => {
  for (const errno of [113, 110]) {
    const { faults } = check(({ onError }) => onError(new OsError('connect', errno, 'tcp 192.0.2.1:22')));
    expect(faults).toEqual([expect.stringContaining('tcp 192.0.2.1:22')]);
  }
});

test('it goes by the link it is given', () => {
  expect(check(() => {}).options).toMatchObject({ interfaceName: 'eth0', timeoutMs: 2000 });
});

test('a link that is gone is a fault, after the check has begun', async () => {
  const faults: (string | undefined)[] = [];
  const streams: StreamPort = {
    connect: () => {
      throw new OsError('setsockopt', 19, 'eth0');
    },
  };
  hostChecker(streams)(request, (fault) => faults.push(fault));
  expect(faults).toEqual([]);
  await Promise.resolve();
  expect(faults).toEqual([expect.stringContaining('eth0')]);
});
