/** How the kernel makes the interface identifiers of a link's IPv6 addresses (net.ipv6.conf.*.addr_gen_mode). */

/** Of the hardware address (RFC 4291 appendix A). */
export const madeOfHardware = '0';
/** Of a secret (RFC 7217). */
export const madeOfSecret = '2';

const name = 'addr_gen_mode';

export const generationPath = (interfaceName: string): string => `net/ipv6/conf/${interfaceName}/${name}`;

export const isGenerationPath = (path: string): boolean => path.endsWith(`/${name}`);
