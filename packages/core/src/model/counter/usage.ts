/** What a service has carried: the counters of net.connman.Counter, and how they grow (ConnMan rules 27, 28 and 197). */

/** In the order of ConnMan's statistics files. Packets, bytes, errors and drops are numbers of them, Time is in seconds. */
export const usageKeys = [
  'RX.Packets',
  'TX.Packets',
  'RX.Bytes',
  'TX.Bytes',
  'RX.Errors',
  'TX.Errors',
  'RX.Dropped',
  'TX.Dropped',
  'Time',
] as const;

/** One number for each of usageKeys. */
export type Usage = readonly number[];

export const noUsage: Usage = usageKeys.map(() => 0);

/** The kernel's counters of each link by name, in the order of usageKeys without Time; from the text of /proc/net/dev. */
export function parseTraffic(text: string): ReadonlyMap<string, Usage> {
  const links = new Map<string, Usage>();
  for (const line of text.split('\n')) {
    const [, name, numbers] = /^\s*(\S+):\s*([\d ]+)$/.exec(line.trimEnd()) ?? [];
    if (name === undefined || numbers === undefined) continue;
    const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0, , , , , ...sent] = numbers.split(/ +/).map(Number);
    const [txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = sent;
    links.set(name, [rxPackets, txPackets, rxBytes, txBytes, rxErrors, txErrors, rxDropped, txDropped]);
  }
  return links;
}

/** What was carried between two readings of a link. A link that was made again has begun from zero. */
export function growth(before: Usage, now: Usage): Usage {
  return now.map((value, i) => (value >= (before[i] ?? 0) ? value - (before[i] ?? 0) : value));
}

export function sum(a: Usage, b: Usage): Usage {
  return usageKeys.map((_, i) => (a[i] ?? 0) + (b[i] ?? 0));
}

/** The values that differ from what a client has heard, as 32 bits that begin again from zero. */
export function changedUsage(heard: Usage | undefined, now: Usage): Map<string, number> {
  const changed = new Map<string, number>();
  usageKeys.forEach((key, i) => {
    const value = now[i] ?? 0;
    if (heard?.[i] !== value) changed.set(key, value % 2 ** 32);
  });
  return changed;
}
