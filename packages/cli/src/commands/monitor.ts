/** The command monitor: the daemon's signals as lines. */
import {
  connmanBusName,
  managerInterface,
  serviceInterface,
  technologyInterface,
  vpnConnectionInterface,
  vpnManagerInterface,
} from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import type { Client } from '../client';
import { jsonLine, jsonObjects, jsonProperties, jsonValue } from '../json';
import { formatAdded, formatChange, formatListChange } from '../print';
import { fine, type Outcome, optionName, parseBoolean, takeAtMost, wrong } from '../words';

/** One signal: as ConnMan's client prints it, and as it is with --json. */
type Report = (text: string, event: Readonly<Record<string, unknown>>) => void;
type Watch = (bus: Bus, report: Report) => (() => void)[];

const vpnBusName = 'net.connman.vpn';
const propertyChange = 's name, v value';
const addition = 'o path, a{sv} properties';
const listChange = 'a(oa{sv}) changed, ao removed';

/** PropertyChanged of every object with the interface; `source` is how a line names it. */
const watchProperties =
  (sender: string, interfaceName: string, source: string): Watch =>
  (bus, report) => [
    bus.subscribe(
      { sender, interface: interfaceName, member: 'PropertyChanged' },
      propertyChange,
      ([name, value], { path }) =>
        report(formatChange(source, path, name, value), {
          interface: interfaceName,
          signal: 'PropertyChanged',
          path,
          name,
          value: jsonValue(value),
        }),
    ),
  ];

/** A signal that an object has come, or gone. */
const watchObjects =
  (sender: string, interfaceName: string, source: string, noun: 'Technology' | 'Connection'): Watch =>
  (bus, report) => {
    const added = `${noun}Added`;
    const removed = `${noun}Removed`;
    const match = (member: string) => ({ sender, interface: interfaceName, member });
    return [
      bus.subscribe(match(added), addition, ([path, properties]) =>
        report(formatAdded(source, added, path, properties), {
          interface: interfaceName,
          signal: added,
          path,
          properties: jsonProperties(properties),
        }),
      ),
      bus.subscribe(match(removed), 'o path', ([path]) =>
        report(formatAdded(source, removed, path), { interface: interfaceName, signal: removed, path }),
      ),
    ];
  };

const watchList =
  (signal: 'ServicesChanged' | 'PeersChanged'): Watch =>
  (bus, report) => [
    bus.subscribe(
      { sender: connmanBusName, interface: managerInterface.name, member: signal },
      listChange,
      ([changed, removed]) =>
        report(formatListChange(signal, changed, removed), {
          interface: managerInterface.name,
          signal,
          path: '/',
          changed: jsonObjects(changed),
          removed,
        }),
    ),
  ];

const all =
  (...watches: readonly Watch[]): Watch =>
  (bus, report) =>
    watches.flatMap((watch) => watch(bus, report));

const watches: Readonly<Record<string, Watch>> = {
  services: watchProperties(connmanBusName, serviceInterface.name, 'Service'),
  tech: watchProperties(connmanBusName, technologyInterface.name, 'Technology'),
  manager: all(
    watchProperties(connmanBusName, managerInterface.name, 'Manager'),
    watchObjects(connmanBusName, managerInterface.name, 'Manager', 'Technology'),
    watchList('ServicesChanged'),
    watchList('PeersChanged'),
  ),
  vpnmanager: watchObjects(vpnBusName, vpnManagerInterface.name, 'vpn.Manager', 'Connection'),
  vpnconnection: watchProperties(vpnBusName, vpnConnectionInterface.name, 'Connection'),
};

/** Which watches are on. */
class Monitor {
  private readonly running = new Map<string, (() => void)[]>();

  start(name: string, bus: Bus, report: Report): void {
    const watch = watches[name];
    if (watch && !this.running.has(name)) this.running.set(name, watch(bus, report));
  }

  stop(name: string): void {
    for (const end of this.running.get(name) ?? []) end();
    this.running.delete(name);
  }
}

/** What is watched over a connection outlives the command that began it. */
const monitors = new WeakMap<Bus, Monitor>();

export function monitor(client: Client, words: readonly string[]): Outcome {
  takeAtMost(2, words);
  const [first, second] = words;
  const wholly = first === undefined || parseBoolean(first) !== undefined;
  const name = optionName(first ?? '');
  if (!wholly && !Object.hasOwn(watches, name)) throw wrong(first, 'something to monitor');
  if (wholly && second !== undefined) throw wrong(second, 'expected here');
  const on = parseBoolean((wholly ? first : second) ?? 'on');
  if (on === undefined) throw wrong(second ?? '', 'on or off');
  const running = monitors.get(client.bus) ?? new Monitor();
  monitors.set(client.bus, running);
  const report: Report = (text, event) => client.out(client.options.json ? jsonLine(event) : text);
  for (const one of wholly ? Object.keys(watches) : [name]) {
    if (on) running.start(one, client.bus, report);
    else running.stop(one);
  }
  return on ? 'goes-on' : fine;
}
