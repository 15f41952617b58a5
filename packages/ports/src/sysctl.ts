/** The kernel's settings under /proc/sys, named by their path there: 'net/ipv6/conf/eth0/disable_ipv6'. */
export interface Sysctl {
  /** The value without its newline; undefined if there is no such setting. Throws OsError for any other failure. */
  read(path: string): string | undefined;
  /** Throws OsError, ENOENT among them. */
  write(path: string, value: string): void;
}
