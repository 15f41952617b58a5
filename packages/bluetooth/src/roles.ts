/** What the other end of a personal area network can be (Bluetooth PAN profile 1.0, section 2.2). */

export type PanRole = 'nap' | 'gn' | 'panu';

/**
 * Service class UUIDs (Bluetooth assigned numbers), in the order of preference (rule 210): an access point to another network,
 * a group of its own, another user.
 */
const roles: readonly (readonly [PanRole, string])[] = [
  ['nap', '00001116-0000-1000-8000-00805f9b34fb'],
  ['gn', '00001117-0000-1000-8000-00805f9b34fb'],
  ['panu', '00001115-0000-1000-8000-00805f9b34fb'],
];

/** The role to connect to; undefined for a device without networks. */
export function panRole(uuids: readonly string[]): PanRole | undefined {
  const offered = uuids.map((uuid) => uuid.toLowerCase());
  return roles.find(([, uuid]) => offered.includes(uuid))?.[0];
}
