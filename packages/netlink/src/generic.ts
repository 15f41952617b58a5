/** Generic netlink (linux/genetlink.h): families by name, and commands to them. */
import { type OsError, ok, type Result } from '@connman/base';
import type { NetlinkPort } from '@connman/ports';
import { Exchange } from './exchange';
import type { ChangeRequest, DumpRequest } from './request';
import { AttributeReader, type MessageReader, MessageWriter } from './wire';

const NETLINK_GENERIC = 16;
/** struct genlmsghdr: command, version, reserved. */
export const GENERIC_HEADER_BYTES = 4;

/** The family that knows the others. */
const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;
const CTRL_ATTR_MCAST_GROUPS = 7;
const CTRL_ATTR_MCAST_GRP_NAME = 1;
const CTRL_ATTR_MCAST_GRP_ID = 2;

/** A command to a family, before its number is known. */
export type GenericRequest = Omit<ChangeRequest, 'type' | 'flags'>;
export type GenericDump = Omit<DumpRequest, 'type'>;

/** Starts a message's body: struct genlmsghdr. */
export function genericBody(command: number, version: number): MessageWriter {
  return new MessageWriter().uint8s(command, version, 0, 0);
}

/** One family of the kernel, spoken to on a socket of its own. */
export class GenericSocket {
  private readonly exchange: Exchange;
  private readonly family: string;
  private familyId = 0;
  private readonly groupIds = new Map<string, number>();

  /** Throws OsError when there is no netlink socket to be had. */
  constructor(port: NetlinkPort, family: string) {
    this.exchange = new Exchange(port, NETLINK_GENERIC);
    this.family = family;
  }

  close(): void {
    this.exchange.close();
  }

  /** ENOENT if the kernel does not have the family; asking loads its module. */
  probe(): Result<void, OsError> {
    return this.resolve();
  }

  /** Its number, which is the type of its messages, and its multicast groups by name; undefined where the kernel has none. */
  identify(): { readonly id: number; readonly groups: ReadonlyMap<string, number> } | undefined {
    return this.resolve().ok ? { id: this.familyId, groups: this.groupIds } : undefined;
  }

  change(request: GenericRequest): Result<void, OsError> {
    const family = this.resolve();
    if (!family.ok) return family;
    return this.exchange.change([{ ...request, type: this.familyId, flags: 0 }])[0] as Result<void, OsError>;
  }

  dump(request: GenericDump, onStart: () => void, onEntry: (message: MessageReader) => void): Result<void, OsError> {
    const family = this.resolve();
    if (!family.ok) return family;
    return this.exchange.dump({ ...request, type: this.familyId }, onStart, onEntry);
  }

  private resolve(): Result<void, OsError> {
    if (this.familyId > 0) return ok(undefined);
    const request = {
      type: GENL_ID_CTRL,
      flags: 0,
      body: genericBody(CTRL_CMD_GETFAMILY, 1).attributeText(CTRL_ATTR_FAMILY_NAME, this.family).finish(),
      call: 'looking it up',
      object: `generic netlink family ${this.family}`,
    };
    return this.exchange.query(request, ({ bytes, start, end }) => {
      const attributes = new AttributeReader(bytes, start + GENERIC_HEADER_BYTES, end);
      while (attributes.next()) {
        if (attributes.type === CTRL_ATTR_FAMILY_ID) this.familyId = attributes.number();
        else if (attributes.type === CTRL_ATTR_MCAST_GROUPS) this.readGroups(attributes.nested());
      }
    });
  }

  private readGroups(entries: AttributeReader): void {
    while (entries.next()) {
      const entry = entries.nested();
      let name = '';
      let id = 0;
      while (entry.next()) {
        if (entry.type === CTRL_ATTR_MCAST_GRP_NAME) name = entry.text();
        else if (entry.type === CTRL_ATTR_MCAST_GRP_ID) id = entry.number();
      }
      this.groupIds.set(name, id);
    }
  }
}
