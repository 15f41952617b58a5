/** wpa_supplicant's signals, sorted by the interface they concern. */
import { Secret } from '@connman/base';
import { type Bus, propertiesInterface } from '@connman/dbus';
import { parseMac } from '@connman/inet';
import {
  bssInterfaceName,
  radioInterface,
  supplicantBusName,
  supplicantRootInterface,
  wpsInterface,
} from './bus-interfaces';
import type { Properties } from './facts';
import type { RadioEvent } from './messages';

export interface RadioListeners {
  /** wpa_supplicant took an interface, asked by us or by another program. */
  added(path: string, ifname: string): void;
  removed(path: string): void;
  changed(path: string, properties: Properties): void;
  bssAdded(path: string, bssPath: string, properties: Properties): void;
  bssChanged(path: string, bssPath: string, properties: Properties): void;
}

/** @returns what ends the subscriptions. */
export function watchRadios(
  bus: Bus,
  onEvent: (path: string, event: RadioEvent) => void,
  listeners: RadioListeners,
): () => void {
  const sender = supplicantBusName;
  const ends: (() => void)[] = [];
  const of = { sender, interface: radioInterface.name };
  const wps = { sender, interface: wpsInterface.name };
  const root = { sender, interface: supplicantRootInterface.name };
  ends.push(
    bus.subscribe({ ...root, member: 'InterfaceAdded' }, 'o path, a{sv} properties', ([path, properties]) => {
      listeners.added(path, properties.get('Ifname')?.as('s') ?? '');
    }),
    bus.subscribe({ ...root, member: 'InterfaceRemoved' }, 'o path', ([path]) => listeners.removed(path)),
    bus.subscribe(
      { sender, interface: propertiesInterface.name, member: 'PropertiesChanged' },
      's interface, a{sv} changed, as invalidated',
      ([interfaceName, changed], { path }) => {
        if (interfaceName === radioInterface.name) listeners.changed(path, changed);
        else if (interfaceName === bssInterfaceName) listeners.bssChanged(interfaceOf(path), path, changed);
      },
    ),
    bus.subscribe({ ...of, member: 'ScanDone' }, 'b success', ([ok], { path }) =>
      onEvent(path, { kind: 'scan-done', ok }),
    ),
    bus.subscribe({ ...of, member: 'BSSAdded' }, 'o path, a{sv} properties', ([bss, properties], { path }) =>
      listeners.bssAdded(path, bss, properties),
    ),
    bus.subscribe({ ...of, member: 'BSSRemoved' }, 'o path', ([bss], { path }) =>
      onEvent(path, { kind: 'bss-gone', path: bss }),
    ),
    bus.subscribe({ ...of, member: 'NetworkRequest' }, 'o path, s field, s text', ([, field, text], { path }) =>
      onEvent(path, { kind: 'network-request', field, text }),
    ),
    bus.subscribe({ ...of, member: 'Certification' }, 'a{sv} certification', ([certificate], { path }) => {
      const depth = certificate.get('depth')?.as('u');
      const sha256 = certificate.get('cert_hash')?.as('s');
      if (depth !== undefined && sha256 !== undefined) onEvent(path, { kind: 'certificate', depth, sha256 });
    }),
    bus.subscribe({ ...of, member: 'EAP' }, 's status, s parameter', ([status, parameter], { path }) =>
      onEvent(path, { kind: 'eap', status, parameter }),
    ),
    bus.subscribe({ ...of, member: 'StationAdded' }, 'o path, a{sv} properties', ([station], { path }) => {
      const mac = macOfPath(station);
      if (mac) onEvent(path, { kind: 'station', mac, joined: true });
    }),
    bus.subscribe({ ...of, member: 'StationRemoved' }, 'o path', ([station], { path }) => {
      const mac = macOfPath(station);
      if (mac) onEvent(path, { kind: 'station', mac, joined: false });
    }),
    bus.subscribe({ ...wps, member: 'Credentials' }, 'a{sv} credentials', ([credentials], { path }) => {
      const key = credentials.get('Key')?.as('ay');
      onEvent(path, { kind: 'wps-credentials', key: key && new Secret(new TextDecoder().decode(key)) });
    }),
    bus.subscribe({ ...wps, member: 'Event' }, 's name, a{sv} args', ([name], { path }) => {
      if (name === 'fail' || name === 'pbc-overlap') onEvent(path, { kind: 'wps-failed', reason: wpsReasons[name] });
    }),
  );
  return () => {
    for (const end of ends) end();
  };
}

const wpsReasons = {
  fail: 'the access point ended the exchange',
  'pbc-overlap': 'the button was pressed at more than one access point',
} as const;

/** `/…/Interfaces/0/BSSs/17` is of `/…/Interfaces/0`. */
function interfaceOf(path: string): string {
  return path.replace(/\/BSSs\/[^/]*$/, '');
}

function macOfPath(path: string) {
  const digits = /\/([0-9a-f]{12})$/i.exec(path)?.[1];
  return digits && parseMac((digits.match(/../g) ?? []).join(':').toLowerCase());
}
