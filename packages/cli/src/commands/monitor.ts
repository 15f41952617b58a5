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
import { formatAdded, formatChange, formatListChange } from '../print';
import { fine, invalid, type Outcome, optionName, parseBoolean, tooMany } from '../words';

type Watch = (bus: Bus, out: (text: string) => void) => (() => void)[];

const vpnBusName = 'net.connman.vpn';
const propertyChange = 's name, v value';
const addition = 'o path, a{sv} properties';
const listChange = 'a(oa{sv}) changed, ao removed';

/** PropertyChanged of every object with the interface; `source` is how a line names it. */
const watchProperties =
  (sender: string, interfaceName: string, source: string): Watch =>
  (bus, out) => [
    bus.subscribe(
      { sender, interface: interfaceName, member: 'PropertyChanged' },
      propertyChange,
      ([name, value], { path }) => out(formatChange(source, path, name, value)),
    ),
  ];

const watchManager: Watch = (bus, out) => {
  const match = (member: string) => ({ sender: connmanBusName, interface: managerInterface.name, member });
  return [
    ...watchProperties(connmanBusName, managerInterface.name, 'Manager')(bus, out),
    bus.subscribe(match('TechnologyAdded'), addition, ([path, properties]) =>
      out(formatAdded('Manager', 'TechnologyAdded', path, properties)),
    ),
    bus.subscribe(match('TechnologyRemoved'), 'o path', ([path]) =>
      out(formatAdded('Manager', 'TechnologyRemoved', path)),
    ),
    bus.subscribe(match('ServicesChanged'), listChange, ([changed, removed]) =>
      out(formatListChange('ServicesChanged', changed, removed)),
    ),
    bus.subscribe(match('PeersChanged'), listChange, ([changed, removed]) =>
      out(formatListChange('PeersChanged', changed, removed)),
    ),
  ];
};

const watchVpnManager: Watch = (bus, out) => {
  const match = (member: string) => ({ sender: vpnBusName, interface: vpnManagerInterface.name, member });
  return [
    bus.subscribe(match('ConnectionAdded'), addition, ([path, properties]) =>
      out(formatAdded('vpn.Manager', 'ConnectionAdded', path, properties)),
    ),
    bus.subscribe(match('ConnectionRemoved'), 'o path', ([path]) =>
      out(formatAdded('vpn.Manager', 'ConnectionRemoved', path)),
    ),
  ];
};

const watches: Readonly<Record<string, Watch>> = {
  services: watchProperties(connmanBusName, serviceInterface.name, 'Service'),
  tech: watchProperties(connmanBusName, technologyInterface.name, 'Technology'),
  manager: watchManager,
  vpnmanager: watchVpnManager,
  vpnconnection: watchProperties(vpnBusName, vpnConnectionInterface.name, 'Connection'),
};

/** Which watches are on. */
export class Monitor {
  private readonly running = new Map<string, (() => void)[]>();

  start(name: string, bus: Bus, out: (text: string) => void): void {
    const watch = watches[name];
    if (watch && !this.running.has(name)) this.running.set(name, watch(bus, out));
  }

  stop(name: string): void {
    for (const end of this.running.get(name) ?? []) end();
    this.running.delete(name);
  }
}

export function monitor(client: Client, words: readonly string[]): Outcome {
  if (words.length > 2) return tooMany;
  const [first, second] = words;
  const all = first === undefined || parseBoolean(first) !== undefined;
  const name = optionName(first ?? '');
  if (!all && !Object.hasOwn(watches, name)) return invalid;
  const on = parseBoolean((all ? first : second) ?? 'on');
  if (on === undefined || (all && second !== undefined)) return invalid;
  client.monitor ??= new Monitor();
  for (const one of all ? Object.keys(watches) : [name]) {
    if (on) client.monitor.start(one, client.bus, (text) => client.out(text));
    else client.monitor.stop(one);
  }
  return on ? 'goes-on' : fine;
}
