/** Waits until a service is connected: what connmand-wait-online and `connmanctl wait-online` do (rule 201). */
import { connmanBusName, connmanPaths, managerInterface, serviceInterface } from '@connman/contracts';
import type { Bus } from '@connman/dbus';

export interface OnlineWish {
  /** Names of interfaces of which one must be connected; empty for any. */
  readonly interfaces: readonly string[];
  /** Names of interfaces that do not count. */
  readonly ignored: readonly string[];
  /** Seconds; 0 waits without end. */
  readonly timeout: number;
}

/** Rule 201's exit statuses. */
export const waitStatus = { online: 0, timeout: 110, optionError: 95, busError: 92 } as const;

const connected = new Set(['ready', 'online']);

/**
 * Settles with true once a service that counts is ready or online, with false when the time is over. The daemon need not run
 * yet. ConnMan's own program looks again when the manager's state changes and misses a second interface that comes up while
 * the first is ignored; here any change of a service counts.
 */
export function waitOnline(bus: Bus, wish: OnlineWish): Promise<boolean> {
  return new Promise((resolve) => {
    let isOver = false;
    let isAsking = false;
    let mustAskAgain = false;
    const timer = wish.timeout > 0 ? setTimeout(() => end(false), wish.timeout * 1000) : undefined;
    const end = (isOnline: boolean) => {
      isOver = true;
      clearTimeout(timer);
      for (const stop of subscriptions) stop();
      resolve(isOnline);
    };
    // One question at a time: what changes meanwhile is seen by the next one.
    const look = async () => {
      mustAskAgain = isAsking;
      if (isAsking || isOver) return;
      isAsking = true;
      const found = await isConnected(bus, wish).catch(() => false);
      isAsking = false;
      if (isOver) return;
      if (found) end(true);
      else if (mustAskAgain) void look();
    };
    const changed = (interfaceName: string, member: string, list: string) =>
      bus.subscribe({ sender: connmanBusName, interface: interfaceName, member }, list, () => void look());
    const subscriptions = [
      changed(managerInterface.name, 'PropertyChanged', 's name, v value'),
      changed(managerInterface.name, 'ServicesChanged', 'a(oa{sv}) changed, ao removed'),
      changed(serviceInterface.name, 'PropertyChanged', 's name, v value'),
      bus.watchOwner(connmanBusName, (owner) => {
        if (owner !== undefined) void look();
      }),
    ];
  });
}

async function isConnected(bus: Bus, { interfaces, ignored }: OnlineWish): Promise<boolean> {
  const manager = bus.object(managerInterface, { name: connmanBusName, path: connmanPaths.root });
  const quietly = { autoStart: false } as const;
  const state = (await manager.call('GetProperties', [], quietly)).get('State')?.as('s');
  if (!connected.has(state ?? '')) return false;
  const services = await manager.call('GetServices', [], quietly);
  return services.some(([, properties]) => {
    if (!connected.has(properties.get('State')?.as('s') ?? '')) return false;
    const link = properties.get('Ethernet')?.as('a{sv}')?.get('Interface')?.as('s') ?? '';
    return !ignored.includes(link) && (interfaces.length === 0 || interfaces.includes(link));
  });
}

export const waitCommandOptions = {
  interface: { type: 'string', short: 'i', multiple: true },
  ignore: { type: 'string', short: 'I', multiple: true },
  timeout: { type: 'string' },
} as const;

export const waitOptions = {
  ...waitCommandOptions,
  version: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** From the options' texts; throws Error with what is wrong. */
export function parseWish(values: {
  readonly interface?: readonly string[] | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly timeout?: string | undefined;
}): OnlineWish {
  const { timeout = '120' } = values;
  if (!/^\d{1,9}$/.test(timeout)) throw new Error(`--timeout takes whole seconds, 0 for no end, not "${timeout}"`);
  const names = (texts: readonly string[] = []) =>
    texts.flatMap((text) => text.split(',')).filter((name) => name !== '');
  return { interfaces: names(values.interface), ignored: names(values.ignore), timeout: Number(timeout) };
}
