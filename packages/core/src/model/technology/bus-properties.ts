/** A technology as the bus shows it: the properties of net.connman.Technology. */
import type { SecretRef } from '@connman/contracts';
import { bool, int32, str, type Variant } from '@connman/dbus';
import type { Technology } from './technology';

/** `reveal`: every client may read the passphrase of the access point, as with ConnMan. */
export function technologyProperties(
  technology: Technology,
  connected: boolean,
  isShared: boolean,
  reveal: (secret: SecretRef) => string,
): Map<string, Variant> {
  const { tetheringIdentifier, tetheringPassphrase, tetheringHidden } = technology;
  return new Map([
    ['Name', str(technology.name)],
    ['Type', str(technology.type)],
    ['Powered', bool(technology.powered)],
    ['Connected', bool(connected)],
    ['Tethering', bool(isShared)],
    ...(tetheringIdentifier === undefined ? [] : [['TetheringIdentifier', str(tetheringIdentifier)] as const]),
    ...(tetheringPassphrase === undefined ? [] : [['TetheringPassphrase', str(reveal(tetheringPassphrase))] as const]),
    ['TetheringFreq', int32(technology.tetheringFreq)],
    ...(tetheringHidden === undefined ? [] : [['TetheringHidden', bool(tetheringHidden)] as const]),
  ]);
}
