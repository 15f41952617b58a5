/** A radio's calls as D-Bus calls of wpa_supplicant. */
import { Secret } from '@connman/base';
import {
  type Bus,
  bool,
  bytes,
  int32,
  propertiesInterface,
  type RemoteObject,
  str,
  uint32,
  type Variant,
  variant,
} from '@connman/dbus';
import { fromHex } from '../radio/networks';
import {
  networkInterfaceName,
  radioInterface,
  supplicantBusName,
  type supplicantRootInterface,
  wpsInterface,
} from './bus-interfaces';
import type { BlockValue, NetworkBlock, SupplicantCall } from './messages';

export interface SupplicantBus {
  readonly bus: Bus;
  readonly root: RemoteObject<typeof supplicantRootInterface>;
  /** How long an answer may take. */
  readonly callMs: number;
}

/** @returns the object path of what was made; empty if nothing was. Rejects with BusError. */
export async function carryOut(at: SupplicantBus, path: string, call: SupplicantCall): Promise<string> {
  const options = { timeoutMs: at.callMs, autoStart: false };
  const radio = at.bus.object(radioInterface, { name: supplicantBusName, path });
  const set = (interfaceName: string, name: string, value: Variant) =>
    at.bus
      .object(propertiesInterface, { name: supplicantBusName, path })
      .call('Set', [interfaceName, name, value], options);
  switch (call.method) {
    case 'remove-interface':
      await at.root.call('RemoveInterface', [path], options);
      return '';
    case 'scan':
      await radio.call('Scan', [scanArguments(call.ssids, call.frequencies)], options);
      return '';
    case 'abort-scan':
      await radio.call('AbortScan', [], options);
      return '';
    case 'add-network':
      return radio.call('AddNetwork', [blockArguments(call.block)], options);
    case 'select-network':
      await radio.call('SelectNetwork', [call.network], options);
      return '';
    case 'remove-network':
      await radio.call('RemoveNetwork', [call.network], options);
      return '';
    case 'remove-networks':
      await radio.call('RemoveAllNetworks', [], options);
      return '';
    case 'change-network': {
      const network = at.bus.object(propertiesInterface, { name: supplicantBusName, path: call.network });
      const changed = variant('a{sv}', blockArguments(call.block));
      await network.call('Set', [networkInterfaceName, 'Properties', changed], options);
      return '';
    }
    case 'disconnect':
      await radio.call('Disconnect', [], options);
      return '';
    case 'add-blob':
      await radio.call('AddBlob', [call.name, contentOf(call.content)], options);
      return '';
    case 'remove-blob':
      await radio.call('RemoveBlob', [call.name], options);
      return '';
    case 'reply':
      await radio.call('NetworkReply', [call.network, call.field, call.value.reveal()], options);
      return '';
    case 'start-wps': {
      await set(wpsInterface.name, 'ProcessCredentials', bool(true));
      const how = call.pin ? { Type: str('pin'), Pin: str(call.pin.reveal()) } : { Type: str('pbc') };
      const wps = at.bus.object(wpsInterface, { name: supplicantBusName, path });
      await wps.call('Start', [{ Role: str('enrollee'), ...how }], options);
      return '';
    }
    case 'cancel-wps':
      await at.bus.object(wpsInterface, { name: supplicantBusName, path }).call('Cancel', [], options);
      return '';
    case 'set':
      await set(radioInterface.name, call.property, str(call.value));
      return '';
    case 'randomize-scans':
      await set(radioInterface.name, 'MACAddressRandomizationMask', variant('a{say}', { scan: keepIndividual }));
      return '';
    case 'set-ap-scan':
      await set(radioInterface.name, 'ApScan', uint32(call.value));
      return '';
    case 'create-interface':
      throw new TypeError('an interface is created before it has a path');
  }
}

/** The bits that are not drawn: the address stays one of a single station (IEEE 802-2020 section 8.2.2). */
const keepIndividual = Uint8Array.of(0x01, 0, 0, 0, 0, 0);

function scanArguments(ssids: readonly string[], frequencies: readonly number[]): Record<string, Variant> {
  // The empty SSID is the wildcard: without it only those that are named would answer.
  const names = ssids.length > 0 ? [...ssids.map(fromHex), new Uint8Array(0)] : [];
  return {
    Type: str('active'),
    ...(names.length > 0 ? { SSIDs: variant('aay', names) } : {}),
    ...(frequencies.length > 0
      ? {
          Channels: variant(
            'a(uu)',
            frequencies.map((mhz) => [mhz, 20] as const),
          ),
        }
      : {}),
  };
}

function blockArguments(block: NetworkBlock): Record<string, Variant> {
  return Object.fromEntries(Object.entries(block).map(([name, value]) => [name, argument(value)]));
}

function argument(value: BlockValue): Variant {
  if (typeof value === 'number') return int32(value);
  if (typeof value === 'string') return str(value);
  return value instanceof Secret ? str(value.reveal()) : bytes(value);
}

function contentOf(content: Uint8Array | Secret): Uint8Array {
  return content instanceof Secret ? new TextEncoder().encode(content.reveal()) : content;
}
