// Floods: of questions whose answers are not read, of router advertisements, of links.
import { Host, repository } from './host';
import type { Lab } from './lab';
import type { Network } from './network';
import { type RawCall, RawClient } from './raw-client';

/**
 * Runs `work` while another client sends `call` as fast as the bus takes it and reads nothing.
 *
 * @returns what `work` returns, and how many calls were sent.
 */
export async function besideFloodOf<R>(
  lab: Lab,
  call: RawCall,
  work: () => Promise<R>,
): Promise<{ result: R; sent: number }> {
  const flooder = await RawClient.connect(lab.machine);
  flooder.stopReading();
  let sent = 0;
  let isOver = false;
  const flood = (async () => {
    for (; !isOver; sent += 500) {
      flooder.sendMany(call, 500);
      await flooder.sent();
    }
  })();
  try {
    return { result: await work(), sent };
  } finally {
    isOver = true;
    await flood;
    flooder.vanish();
  }
}

/**
 * So many advertisements of one router, each with another prefix and name server, of 2001:db8::/32; `more`: of another /32 by its
 * first half, with another hop limit, with another preferred lifetime than 1800 s, and `1` for each in two fragments.
 */
export async function advertise({ far }: Network, count: number, ...more: string[]): Promise<void> {
  await far.run(['python3', `${repository}/e2e/netns/lab/router-flood.py`, 'port', String(count), ...more]);
}

/** Feeds lines to ip(8), in one process. */
export async function ipBatch(host: Host, lines: readonly string[]): Promise<void> {
  host.write('/run/batch', `${lines.join('\n')}\n`);
  await host.run('ip -batch /run/batch');
}

/** So many links with carrier, lan0 and on, and nothing at the far end of their cables; `remove` takes them away. */
export async function silentLinks({ machine }: Lab, count: number): Promise<{ remove(): Promise<void> }> {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const far = await Host.open(`${machine.name}-silent`);
  const cables = numbers.map((n) => ({
    here: { link: `lan${n}`, ifindex: 1000 + n },
    there: { link: `port${n}`, ifindex: 10_000 + n },
  }));
  await machine.connectAll(far, cables);
  await ipBatch(
    far,
    numbers.map((n) => `link set port${n} up`),
  );
  await ipBatch(
    machine,
    numbers.map((n) => `link set lan${n} up`),
  );
  return {
    async remove() {
      await ipBatch(
        machine,
        numbers.map((n) => `link del lan${n}`),
      );
      await far.close();
    },
  };
}
