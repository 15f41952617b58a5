import { OsError } from '@connman/base';
import type { NetlinkOptions, NetlinkPort } from '@connman/ports';
import { Exchange } from './exchange';
import { dumpLinks, setLink } from './link';
import { MessageReader, NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR, putMessage } from './wire';

const RTM_NEWLINK = 16;

interface Request {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
}

/** A kernel that answers by script: `answer` gives the datagrams that follow a datagram of requests. */
function scriptedPort(answer: (requests: Request[], options: NetlinkOptions) => Uint8Array[]) {
  const datagrams: Request[][] = [];
  const port: NetlinkPort = {
    open(options) {
      const queue: Uint8Array[] = [];
      return {
        send(datagram) {
          const reader = new MessageReader(datagram);
          const requests: Request[] = [];
          while (reader.next()) requests.push({ type: reader.type, flags: reader.flags, sequence: reader.sequence });
          datagrams.push(requests);
          queue.push(...answer(requests, options));
        },
        drain() {
          for (let next = queue.shift(); next; next = queue.shift()) options.onDatagram(next);
        },
        close() {},
      };
    },
  };
  return { port, datagrams };
}

function message(type: number, flags: number, sequence: number, body: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(16 + body.length);
  putMessage(datagram, 0, { type, flags, sequence }, body);
  return datagram;
}

const acknowledge = ({ sequence }: Request) => message(NLMSG_ERROR, 0, sequence, new Uint8Array(20));
const entry = ({ sequence }: Request, flags = 2) => message(RTM_NEWLINK, flags, sequence, new Uint8Array(16));
const done = ({ sequence }: Request, flags = 2) => message(NLMSG_DONE, flags, sequence, new Uint8Array(4));

function dump(exchange: Exchange): { starts: number; entries: number; code: string } {
  let starts = 0;
  let entries = 0;
  const result = exchange.dump(
    dumpLinks(),
    () => {
      starts++;
      entries = 0;
    },
    () => {
      entries++;
    },
  );
  return { starts, entries, code: result.ok ? 'ok' : result.error.code };
}

test('a dump that was interrupted is made again, and what it gave before is forgotten', () => {
  let attempts = 0;
  const { port } = scriptedPort(([request]) => {
    if (!request) return [];
    attempts++;
    if (attempts === 1) return [entry(request), entry(request, 2 | NLM_F_DUMP_INTR), done(request)];
    if (attempts === 2) return [entry(request), entry(request), done(request, 2 | NLM_F_DUMP_INTR)];
    return [entry(request), done(request)];
  });
  expect(dump(new Exchange(port, 0))).toEqual({ starts: 3, entries: 1, code: 'ok' });
});

test('a table that never holds still is an EINTR in the end', () => {
  const { port } = scriptedPort(([request]) => (request ? [done(request, NLM_F_DUMP_INTR)] : []));
  expect(dump(new Exchange(port, 0))).toMatchObject({ starts: 16, code: 'EINTR' });
});

test('answers to an earlier request are passed over', () => {
  const { port } = scriptedPort(([request]) =>
    request
      ? [entry({ ...request, sequence: request.sequence - 1 }), done({ ...request, sequence: 0 }), done(request)]
      : [],
  );
  const exchange = new Exchange(port, 0);
  dump(exchange);
  expect(dump(exchange)).toEqual({ starts: 1, entries: 0, code: 'ok' });
});

test('a request without an answer is an EIO, one whose answer was lost an ENOBUFS, and the next one works', () => {
  let step = 0;
  const { port } = scriptedPort((requests, options) => {
    step++;
    if (step === 1) return [];
    if (step === 2) options.onOverrun();
    return step === 2 ? [] : requests.map(acknowledge);
  });
  const exchange = new Exchange(port, 0);
  const codes = [1, 2, 3].map(() => {
    const [result] = exchange.change([setLink(3, { up: true })]);
    return result?.ok ? 'ok' : result?.error.message;
  });
  expect(codes).toEqual([
    'link 3: switching it on failed: EIO (the kernel gave no answer)',
    'link 3: switching it on failed: ENOBUFS (recv)',
    'ok',
  ]);
});

test('a request that cannot be sent fails with the reason, and the next one works', () => {
  let refuse = true;
  const { port } = scriptedPort((requests) => {
    if (refuse) throw new OsError('send', 1, 'netlink');
    return requests.map(acknowledge);
  });
  const exchange = new Exchange(port, 0);
  expect(exchange.change([setLink(3, { up: true })])).toMatchObject([{ ok: false, error: { code: 'EPERM' } }]);
  refuse = false;
  expect(exchange.change([setLink(3, { up: true })])).toEqual([{ ok: true, value: undefined }]);
});

test('many requests go 64 to a datagram, each with a sequence number of its own', () => {
  const { port, datagrams } = scriptedPort((requests) => requests.map(acknowledge));
  const results = new Exchange(port, 0).change(Array.from({ length: 150 }, () => setLink(3, { up: true })));
  expect(results).toHaveLength(150);
  expect(datagrams.map((requests) => requests.length)).toEqual([64, 64, 22]);
  const sequences = datagrams.flat().map(({ sequence }) => sequence);
  expect(new Set(sequences).size).toBe(150);
});
