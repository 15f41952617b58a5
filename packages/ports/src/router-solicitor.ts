/** Asking a link's IPv6 routers to advertise themselves; the kernel hears the answer. */
export interface RouterSolicitor {
  /** One router solicitation (RFC 4861 section 4.1). Throws OsError. */
  solicit(interfaceName: string): void;
}
