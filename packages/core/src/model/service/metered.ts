/** Whether what a service carries is paid by the byte: as the user says, else as its network looks. */
import { contains, type Ipv4Address } from '@connman/inet';
import { kindOf } from '../technology/kinds';
import { contributionsOf } from './progress';
import type { Service } from './service';

export function isMetered(service: Service): boolean {
  const { metered = 'auto' } = service.settings;
  return metered === 'auto' ? guess(service) !== undefined : metered === 'yes';
}

/** What that it is metered rests on, in words. */
export function meteredEvidence(service: Service): string {
  return service.settings.metered === 'yes' ? 'a user said so' : (guess(service) ?? 'it is not');
}

/** As clients see it: the user's word, or a guess that it is; undefined where there is neither. */
export function meteredText(service: Service): string | undefined {
  const { metered = 'auto' } = service.settings;
  if (metered !== 'auto') return metered;
  return isMetered(service) ? 'guess-yes' : undefined;
}

/** An iPhone that shares its connection leases addresses of this network, over Wi-Fi, USB and Bluetooth alike. */
const iphones = { address: '172.20.10.0' as Ipv4Address, length: 28 };

function guess(service: Service): string | undefined {
  if (service.settings.dataBudget) return 'it has a data budget';
  const kind = kindOf(service.type);
  if (kind.isMetered) return `most ${kind.name} networks are`;
  if (service.connection?.dhcp4.lease?.metered) return 'its DHCP server says so (ANDROID_METERED)';
  const own = contributionsOf(service).flatMap(({ addresses }) => addresses);
  const isIphone = own.some(
    ({ address, prefixLength }) => prefixLength === iphones.length && contains(iphones, address),
  );
  return isIphone ? 'its addresses are those of an iPhone that shares its connection' : undefined;
}
