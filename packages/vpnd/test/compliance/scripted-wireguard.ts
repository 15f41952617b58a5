/** The kernel's WireGuard on generic netlink, as far as a driver sees it: it takes every device, and has no news of its peers. */
import { OsError } from '@connman/base';
import type { NetlinkOptions, NetlinkPort, NetlinkSocket } from '@connman/ports';

const GENL_ID_CTRL = 16;
const CTRL_CMD_NEWFAMILY = 1;
const CTRL_ATTR_FAMILY_ID = 1;
const familyId = 30;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_MULTI = 2;
const NLM_F_DUMP = 0x300;
const NLM_F_ACK = 4;
const headerBytes = 16;
const ENOENT = 2;

export class ScriptedWireguard implements NetlinkPort {
  /** Whether the kernel has it. */
  exists = true;

  open({ protocol, onDatagram }: NetlinkOptions): NetlinkSocket {
    if (protocol !== 16) throw new OsError('socket', 93, `netlink protocol ${protocol}`);
    let waiting: Uint8Array[] = [];
    return {
      send: (datagram) => {
        for (const request of messagesOf(datagram)) waiting.push(...this.answer(request));
      },
      drain: () => {
        const all = waiting;
        waiting = [];
        for (const message of all) onDatagram(message);
      },
      close() {},
    };
  }

  private answer(request: Uint8Array): Uint8Array[] {
    const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
    const [type, flags, sequence] = [view.getUint16(4, true), view.getUint16(6, true), view.getUint32(8, true)];
    if (type === GENL_ID_CTRL && !this.exists) return [acknowledgement(sequence, -ENOENT, request)];
    const found = type === GENL_ID_CTRL ? [family(sequence)] : [];
    if ((flags & NLM_F_DUMP) === NLM_F_DUMP)
      return [...found, message(NLMSG_DONE, NLM_F_MULTI, sequence, new Uint8Array(4))];
    return (flags & NLM_F_ACK) !== 0 ? [...found, acknowledgement(sequence, 0, request)] : found;
  }
}

function* messagesOf(datagram: Uint8Array): Iterable<Uint8Array> {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  for (let at = 0; at + headerBytes <= datagram.length; ) {
    const length = view.getUint32(at, true);
    yield datagram.slice(at, at + length);
    at += (length + 3) & ~3;
  }
}

function message(type: number, flags: number, sequence: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(body, headerBytes);
  return bytes;
}

/** struct nlmsgerr: the error, and the header of the request. */
function acknowledgement(sequence: number, error: number, request: Uint8Array): Uint8Array {
  const body = new Uint8Array(4 + headerBytes);
  new DataView(body.buffer).setInt32(0, error, true);
  body.set(request.subarray(0, headerBytes), 4);
  return message(NLMSG_ERROR, 0, sequence, body);
}

function family(sequence: number): Uint8Array {
  const body = Uint8Array.of(CTRL_CMD_NEWFAMILY, 1, 0, 0, 6, 0, CTRL_ATTR_FAMILY_ID, 0, familyId, 0, 0, 0);
  return message(GENL_ID_CTRL, 0, sequence, body);
}
