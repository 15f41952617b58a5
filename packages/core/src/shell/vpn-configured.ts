/** Whether the machine has a VPN connection: without one neither connman-vpnd nor the part for it is started for our sake. */
import type { Files } from '@connman/ports';

export interface VpnFolders {
  readonly files: Files;
  /** /var/lib/connman and /var/lib/connman-vpn. */
  readonly storageFolder: string;
  readonly provisioningFolder: string;
}

export function isVpnConfigured({ files, storageFolder, provisioningFolder }: VpnFolders): boolean {
  try {
    return (
      files.list(storageFolder).some((name) => name.startsWith('provider_')) ||
      files.list(provisioningFolder).some((name) => name.endsWith('.config'))
    );
  } catch {
    return false;
  }
}
