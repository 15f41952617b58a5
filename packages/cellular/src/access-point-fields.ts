/** What a user is asked for where no access point name is known. */
import type { InputField } from '@connman/contracts';

export const accessPointFields: readonly InputField[] = [
  { name: 'APN', type: 'string', requirement: 'mandatory' },
  { name: 'APN.Username', type: 'string', requirement: 'optional' },
  { name: 'APN.Password', type: 'passphrase', requirement: 'optional' },
];
