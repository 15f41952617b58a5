// A command that runs a program as on a kernel without netfilter: a seccomp filter refuses NETLINK_NETFILTER sockets.

const AF_NETLINK = 16;
const NETLINK_NETFILTER = 12;
const EPROTONOSUPPORT = 93;
/** AUDIT_ARCH_ and the number of socket(2). */
const [arch, socketCall] = process.arch === 'arm64' ? [0xc00000b7, 198] : [0xc000003e, 41];

/** Words of struct seccomp_data: the call's number, the architecture, the first and third argument. */
const [number, architecture, first, third] = [0, 4, 16, 32];
const load = (offset: number) => [0x20, 0, 0, offset];
const refuse = [0x06, 0, 0, 0x0005_0000 | EPROTONOSUPPORT];
const allow = [0x06, 0, 0, 0x7fff_0000];
const checks: readonly (readonly [offset: number, value: number])[] = [
  [architecture, arch],
  [number, socketCall],
  [first, AF_NETLINK],
  [third, NETLINK_NETFILTER],
];
/** A check that does not hold jumps to the last instruction. */
const filter = [
  ...checks.flatMap(([offset, value], i) => [load(offset), [0x15, 0, 2 * (checks.length - i) - 1, value]]),
  refuse,
  allow,
];

/** perl is part of every Debian; prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &fprog). */
export const withoutNetfilter: readonly string[] = [
  'perl',
  '-e',
  [
    `my $filter = pack('(SCCL)*', ${filter.flat().join(', ')});`,
    `my $program = pack('S x6 P', ${filter.length}, $filter);`,
    `syscall(${process.arch === 'arm64' ? 167 : 157}, 22, 2, $program) == 0 or die "seccomp: $!";`,
    'exec { $ARGV[0] } @ARGV;',
  ].join(' '),
];
