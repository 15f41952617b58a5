/** The kernel-side filters: nothing but a server's answer to this very client wakes a client, nothing but requests a server. */
import { ByteReader } from '@connman/base';
import { type MacAddress, macToBytes } from '@connman/inet';
import type { BpfInstruction } from '@connman/ports';
import { allOf, headerLengthToX, load, loadIndexed } from '../bpf';
import { clientPort, serverPort } from './udp';

const ipFlagsAndOffset = 6;
const fragmentBits = 0x1fff;
const udpHeaderLength = 8;
const chaddrOffset = 28;

/** For an ETH_P_IP socket: unfragmented UDP to port 68, a BOOTREPLY, `chaddr` ours. */
export function clientFilter(mac: MacAddress): BpfInstruction[] {
  const own = new ByteReader(macToBytes(mac));
  return allOf([
    [load(1, 9), 'equal', 17],
    [load(2, ipFlagsAndOffset), 'no-bit', fragmentBits],
    headerLengthToX(0),
    [loadIndexed(2, 2), 'equal', clientPort],
    [loadIndexed(1, udpHeaderLength), 'equal', 2],
    [loadIndexed(4, udpHeaderLength + chaddrOffset), 'equal', own.uint32()],
    [loadIndexed(2, udpHeaderLength + chaddrOffset + 4), 'equal', own.uint16()],
  ]);
}

/** For an ETH_P_IP socket: unfragmented UDP to port 67, a BOOTREQUEST. */
export const serverFilter: readonly BpfInstruction[] = allOf([
  [load(1, 9), 'equal', 17],
  [load(2, ipFlagsAndOffset), 'no-bit', fragmentBits],
  headerLengthToX(0),
  [loadIndexed(2, 2), 'equal', serverPort],
  [loadIndexed(1, udpHeaderLength), 'equal', 1],
]);
