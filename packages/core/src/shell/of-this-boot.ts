/** What is kept below the run folder for the next run of this boot: leases, values that were borrowed, what is shared. */
import type { Sysctl } from '@connman/ports';
import type { Stored } from '../world';
import { BorrowedValues } from './borrowed-values';
import { LeaseFiles, type LeaseFilesOptions } from './lease-files';
import { lease6Of, leaseOf } from './lease-json';
import { TetheringFile } from './tethering-file';

export function keptOfThisBoot(options: Omit<LeaseFilesOptions, 'bootId'>, sysctl: Sysctl) {
  const ofThisBoot = { ...options, bootId: sysctl.read('kernel/random/boot_id') ?? '' };
  const leases = new LeaseFiles('leases', leaseOf, ofThisBoot);
  const leases6 = new LeaseFiles('leases6', lease6Of, ofThisBoot);
  const borrowed = new BorrowedValues({ ...ofThisBoot, sysctl });
  const tethering = new TetheringFile(ofThisBoot);
  return {
    keepers: { leases, leases6, borrowed, tethering },
    /** What the run before this one has kept. */
    former(): Pick<Stored, 'leases' | 'leases6' | 'borrowed' | 'tethering'> {
      const shared = tethering.read();
      return {
        ...{ leases: leases.read(), leases6: leases6.read(), borrowed: borrowed.former },
        ...(shared && { tethering: shared }),
      };
    },
  };
}
