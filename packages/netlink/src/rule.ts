/** Policy routing rules: struct fib_rule_hdr and the FRA_ attributes (linux/fib_rules.h). */
import { type DecodeError, err, ok, type Result } from '@connman/base';
import { type Family, type IpAddress, ipToBytes, ipv4Any, ipv6Any, type Prefix } from '@connman/inet';
import { addressFrom, domainOf, familyOfDomain } from './domain';
import type { RuleFact } from './facts';
import type { ChangeRequest, DumpRequest } from './request';
import { AttributeReader, MessageWriter, NLM_F_CREATE, NLM_F_EXCL, uint32 } from './wire';

export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
const RTM_GETRULE = 34;

/** struct fib_rule_hdr. */
const RULE_BYTES = 12;
const FR_ACT_TO_TBL = 1;
/** The kernel says -1 of a rule that suppresses nothing. */
const NONE = 0xffffffff;

const FRA_DST = 1;
const FRA_SRC = 2;
const FRA_IIFNAME = 3;
const FRA_PRIORITY = 6;
const FRA_FWMARK = 10;
const FRA_SUPPRESS_PREFIXLEN = 14;
const FRA_TABLE = 15;
const FRA_OIFNAME = 17;
const FRA_UID_RANGE = 20;
const FRA_PROTOCOL = 21;

/** The body of an RTM_NEWRULE or RTM_DELRULE; undefined for families other than IPv4 and IPv6. */
export function decodeRule(bytes: Uint8Array, start: number, end: number): Result<RuleFact | undefined, DecodeError> {
  if (end - start < RULE_BYTES) return err({ layer: 'rtnetlink rule', offset: start, reason: 'header cut short' });
  const family = familyOfDomain(bytes[start]);
  if (!family) return ok(undefined);
  let source: IpAddress | undefined;
  let destination: IpAddress | undefined;
  let table = bytes[start + 4] as number;
  let priority = 0;
  let fwmark = 0;
  let inputInterface = '';
  let outputInterface = '';
  let protocol = 0;
  let suppressPrefixLength: number | undefined;
  let users: RuleFact['users'];
  const attributes = new AttributeReader(bytes, start + RULE_BYTES, end);
  while (attributes.next()) {
    switch (attributes.type) {
      case FRA_DST:
        destination = addressFrom(family, attributes);
        break;
      case FRA_SRC:
        source = addressFrom(family, attributes);
        break;
      case FRA_IIFNAME:
        inputInterface = attributes.text();
        break;
      case FRA_OIFNAME:
        outputInterface = attributes.text();
        break;
      case FRA_PRIORITY:
        priority = attributes.number();
        break;
      case FRA_FWMARK:
        fwmark = attributes.number();
        break;
      case FRA_TABLE:
        table = attributes.number();
        break;
      case FRA_PROTOCOL:
        protocol = attributes.number();
        break;
      case FRA_SUPPRESS_PREFIXLEN:
        suppressPrefixLength = attributes.number();
        break;
      case FRA_UID_RANGE:
        if (attributes.length !== 8) break;
        users = { from: uint32(bytes, attributes.start), to: uint32(bytes, attributes.start + 4) };
        break;
    }
  }
  return ok({
    family,
    priority,
    table,
    action: bytes[start + 7] as number,
    ...(source !== undefined && { source: { address: source, length: bytes[start + 2] as number } }),
    ...(destination !== undefined && { destination: { address: destination, length: bytes[start + 1] as number } }),
    fwmark,
    inputInterface,
    outputInterface,
    ...(suppressPrefixLength !== undefined && suppressPrefixLength !== NONE && { suppressPrefixLength }),
    ...(users && { users }),
    protocol,
  });
}

/** Decides whether a rule is worth an event and a place in a snapshot. */
export type RuleFilter = (rule: RuleFact) => boolean;

/** A rule to be set or removed; what is not given matches everything. */
export interface RuleSpecification {
  readonly family: Family;
  /** Lower ones are asked first. */
  readonly priority: number;
  readonly table: number;
  readonly source?: Prefix;
  readonly destination?: Prefix;
  /** 0 as if not given. */
  readonly fwmark?: number;
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  /** Routes with a prefix of this length or a shorter one do not count: 0 leaves out default routes. */
  readonly suppressPrefixLength?: number;
  /** Packets of sockets of these user ids, both ends included. */
  readonly users?: { readonly from: number; readonly to: number };
  /** RTPROT_ number of who puts it there. */
  readonly protocol?: number;
}

function encodeRule(rule: RuleSpecification): Uint8Array {
  const { source, destination, fwmark, inputInterface, outputInterface, suppressPrefixLength, users, protocol } = rule;
  const any = rule.family === 4 ? ipv4Any : ipv6Any;
  const writer = new MessageWriter()
    .uint8s(domainOf(rule.family), destination?.length ?? 0, source?.length ?? 0, 0)
    .uint8s(rule.table < 256 ? rule.table : 0, 0, 0, FR_ACT_TO_TBL)
    .uint32(0)
    .attribute32(FRA_PRIORITY, rule.priority)
    .attribute32(FRA_TABLE, rule.table);
  if (source) writer.attribute(FRA_SRC, ipToBytes(source.length ? source.address : any));
  if (destination) writer.attribute(FRA_DST, ipToBytes(destination.length ? destination.address : any));
  if (fwmark) writer.attribute32(FRA_FWMARK, fwmark);
  if (inputInterface) writer.attributeText(FRA_IIFNAME, inputInterface);
  if (outputInterface) writer.attributeText(FRA_OIFNAME, outputInterface);
  if (suppressPrefixLength !== undefined) writer.attribute32(FRA_SUPPRESS_PREFIXLEN, suppressPrefixLength);
  if (users) writer.attribute(FRA_UID_RANGE, new MessageWriter().uint32(users.from).uint32(users.to).finish());
  if (protocol !== undefined) writer.attribute8(FRA_PROTOCOL, protocol);
  return writer.finish();
}

function objectOf(rule: RuleSpecification): string {
  return `IPv${rule.family} rule ${rule.priority} to table ${rule.table}`;
}

/** Adds a rule; EEXIST if it is there. */
export function addRule(rule: RuleSpecification): ChangeRequest {
  return {
    type: RTM_NEWRULE,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body: encodeRule(rule),
    call: 'adding the rule',
    object: objectOf(rule),
  };
}

/** Removes the first rule that matches in all that is given; ENOENT if none does. */
export function removeRule(rule: RuleSpecification): ChangeRequest {
  return { type: RTM_DELRULE, flags: 0, body: encodeRule(rule), call: 'removing the rule', object: objectOf(rule) };
}

/** Those of all families. */
export function dumpRules(): DumpRequest {
  return { type: RTM_GETRULE, body: new Uint8Array(RULE_BYTES), object: 'policy routing rules' };
}
