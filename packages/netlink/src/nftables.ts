/**
 * nftables (linux/netfilter/nf_tables.h): a table of base chains with plain rules, put in place or taken away as a whole in one
 * transaction, so that no packet ever meets half of it.
 */
import { type OsError, ok, type Result } from '@connman/base';
import { type Family, familyOf, ipToBytes, type Prefix } from '@connman/inet';
import type { NetlinkPort } from '@connman/ports';
import { Exchange } from './exchange';
import { countSets, decodeCounts, dumpCounts, newCountSet, putCount, type TrafficCount } from './nft-counts';
import {
  bigEndian32,
  change,
  compare,
  expression,
  mask,
  meta,
  NFGENMSG_BYTES,
  NFNL_SUBSYS_NFTABLES,
  NFPROTO_INET,
  NFPROTO_IPV4,
  NFPROTO_IPV6,
  NFPROTO_UNSPEC,
  NFT_CMP_EQ,
  NFT_PAYLOAD_NETWORK_HEADER,
  NFT_REG_1,
  nfgenmsg,
  payload,
} from './nft-expressions';
import type { ChangeRequest } from './request';
import { AttributeReader, MessageWriter, NLM_F_APPEND, NLM_F_CREATE } from './wire';

const NETLINK_NETFILTER = 12;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;

const NFT_MSG_NEWTABLE = 0;
const NFT_MSG_DELTABLE = 2;
const NFT_MSG_NEWCHAIN = 3;
const NFT_MSG_GETCHAIN = 4;
const NFT_MSG_NEWRULE = 6;
const NFT_MSG_DELRULE = 8;

const NFTA_TABLE_NAME = 1;
const NFTA_CHAIN_TABLE = 1;
const NFTA_CHAIN_NAME = 3;
const NFTA_CHAIN_HOOK = 4;
const NFTA_CHAIN_POLICY = 5;
const NFTA_CHAIN_TYPE = 7;
const NFTA_HOOK_HOOKNUM = 1;
const NFTA_HOOK_PRIORITY = 2;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_EXPRESSIONS = 4;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;

const NFT_REG_VERDICT = 0;
const NFT_META_IIFNAME = 6;
const NFT_META_OIFNAME = 7;
const NFT_META_NFPROTO = 15;
const NFT_META_L4PROTO = 16;
const NFT_CT_STATE = 0;
/** NF_CT_STATE_BIT of IP_CT_ESTABLISHED and IP_CT_RELATED. */
const CT_STATE_OF_KNOWN = 0b110;
const NFT_RT_TCPMSS = 3;
const NFT_BYTEORDER_HTON = 1;
const NFT_EXTHDR_OP_TCPOPT = 1;
const TCPOPT_MAXSEG = 2;
const IPPROTO_TCP = 6;
const TCP_FLAGS_OFFSET = 13;
const TCP_SYN = 0x02;
const NFT_PAYLOAD_TRANSPORT_HEADER = 2;
const NFT_CMP_NEQ = 1;
const NFT_CMP_LTE = 3;
const NFT_CMP_GTE = 5;
const IFNAMSIZ = 16;
const NF_DROP = 0;
const NF_ACCEPT = 1;

const NFTA_CT_DREG = 1;
const NFTA_CT_KEY = 2;
const NFTA_RT_DREG = 1;
const NFTA_RT_KEY = 2;
const NFTA_BYTEORDER_SREG = 1;
const NFTA_BYTEORDER_DREG = 2;
const NFTA_BYTEORDER_OP = 3;
const NFTA_BYTEORDER_LEN = 4;
const NFTA_BYTEORDER_SIZE = 5;
const NFTA_EXTHDR_TYPE = 2;
const NFTA_EXTHDR_OFFSET = 3;
const NFTA_EXTHDR_LEN = 4;
const NFTA_EXTHDR_OP = 6;
const NFTA_EXTHDR_SREG = 7;
const NFTA_IMMEDIATE_DREG = 1;
const NFTA_IMMEDIATE_DATA = 2;

/**
 * Where a chain's packets are seen: as they come in, before anything is decided; on their way through; as they leave. `nat` sees
 * the first packet of each connection as it leaves, and what it decides holds for the rest.
 */
export type FirewallHook = 'prerouting' | 'forward' | 'output' | 'nat';
const hooks: Readonly<Record<FirewallHook, number>> = { prerouting: 0, forward: 2, output: 3, nat: 4 };

/** All of a rule's matches must hold. */
export type FirewallMatch =
  | { readonly kind: 'in-interface' | 'out-interface'; readonly name: string; readonly not?: true }
  | { readonly kind: 'source' | 'destination'; readonly prefix: Prefix }
  /** Of a connection that packets went through before, or of one that such a connection has announced. */
  | { readonly kind: 'known-connection' }
  /** IPPROTO_: 17 UDP, 58 ICMPv6. */
  | { readonly kind: 'protocol'; readonly number: number }
  | { readonly kind: 'ports'; readonly source: number; readonly destination: number }
  | { readonly kind: 'icmp-type'; readonly from: number; readonly to: number };

export interface FirewallRule {
  readonly matches: readonly FirewallMatch[];
  /**
   * `masquerade`: the packet leaves with the address of the link it leaves by; in chains of the hook `nat` alone. `clamp-mss`: the
   * maximum segment size of a TCP connection is lowered to what the route carries, and the packet goes on. `count-sent`: it is
   * counted for its source, which the rule has to match, and goes on; `count-received`, for its destination.
   */
  readonly verdict: 'accept' | 'drop' | 'masquerade' | 'clamp-mss' | 'count-sent' | 'count-received';
}

export interface FirewallChain {
  readonly name: string;
  /** Absent: no packet comes here; the chain is there for its name. Lower priorities see a packet first. */
  readonly base?: { readonly hook: FirewallHook; readonly priority: number };
  readonly rules: readonly FirewallRule[];
}

/** A chain of the firewall, as the kernel shows it. */
export interface ChainFact {
  readonly family: 'ip' | 'ip6' | 'inet' | 'other';
  readonly table: string;
  readonly name: string;
  /** It sees what passes through the machine, and drops what none of its rules accepts. */
  readonly dropsForwarded: boolean;
}

/** What puts tables of ours into the kernel's firewall. What it has of others stays as it is. */
export interface FirewallBackend {
  /**
   * The table `name` has these chains and no others, whatever it had; without chains there is none. Refused: all is as it was.
   * A table that counts keeps what it has counted; its chains are always of the same names.
   */
  replace(name: string, chains: readonly FirewallChain[]): Result<void, Error>;
  /** Names of the table's chains; none if there is no such table. */
  chainsOf(table: string): Result<readonly string[], Error>;
  /** All chains there are, of any program. */
  allChains(): Result<readonly ChainFact[], Error>;
  /** What the table's rules have counted since it was first put in place; nothing if there is no such table. */
  countsOf(table: string): Result<readonly TrafficCount[], Error>;
  close(): void;
}

/** The firewall of the kernel, spoken to on a socket of its own. */
export class FirewallSocket implements FirewallBackend {
  private readonly exchange: Exchange;

  /** Throws OsError when there is no netlink socket to be had. */
  constructor(port: NetlinkPort) {
    this.exchange = new Exchange(port, NETLINK_NETFILTER);
  }

  close(): void {
    this.exchange.close();
  }

  /** The table `name` has these chains and no others, whatever it had; without chains there is none. */
  replace(name: string, chains: readonly FirewallChain[]): Result<void, OsError> {
    return this.exchange.transaction(
      edge(NFNL_MSG_BATCH_BEGIN),
      firewallRequests(name, chains),
      edge(NFNL_MSG_BATCH_END),
    );
  }

  chainsOf(table: string): Result<readonly string[], OsError> {
    const read = this.chains(NFPROTO_INET, `nftables table ${table}`);
    return read.ok ? ok(read.value.filter((chain) => chain.table === table).map(({ name }) => name)) : read;
  }

  allChains(): Result<readonly ChainFact[], OsError> {
    return this.chains(NFPROTO_UNSPEC, 'nftables chains');
  }

  countsOf(table: string): Result<readonly TrafficCount[], OsError> {
    const counts: TrafficCount[] = [];
    for (const set of countSets) {
      let part: TrafficCount[] = [];
      const read = this.exchange.dump(
        dumpCounts(table, set),
        () => {
          part = [];
        },
        ({ bytes, start, end }) => part.push(...decodeCounts(set, bytes, start, end)),
      );
      if (!read.ok) return read.error.code === 'ENOENT' ? ok([]) : read;
      counts.push(...part);
    }
    return ok(counts);
  }

  private chains(family: number, object: string): Result<readonly ChainFact[], OsError> {
    let chains: ChainFact[] = [];
    const type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETCHAIN;
    const read = this.exchange.dump(
      { type, body: nfgenmsg(family, 0).finish(), object },
      () => {
        chains = [];
      },
      ({ bytes, start, end }) => {
        const chain = decodeChain(bytes, start, end);
        if (chain) chains.push(chain);
      },
    );
    return read.ok ? ok(chains) : read;
  }
}

/** Of an NFT_MSG_NEWCHAIN; undefined for what has no name. */
export function decodeChain(bytes: Uint8Array, start: number, end: number): ChainFact | undefined {
  let table = '';
  let name = '';
  let hook: number | undefined;
  let policy: number | undefined;
  const attributes = new AttributeReader(bytes, start + NFGENMSG_BYTES, end);
  while (attributes.next()) {
    if (attributes.type === NFTA_CHAIN_TABLE) table = attributes.text();
    else if (attributes.type === NFTA_CHAIN_NAME) name = attributes.text();
    else if (attributes.type === NFTA_CHAIN_POLICY) policy = readBigEndian32(attributes);
    else if (attributes.type === NFTA_CHAIN_HOOK) hook = hookOf(attributes.nested());
  }
  const dropsForwarded = hook === hooks.forward && policy === NF_DROP;
  return name === '' ? undefined : { family: families.get(bytes[start] ?? 0) ?? 'other', table, name, dropsForwarded };
}

const families: ReadonlyMap<number, ChainFact['family']> = new Map([
  [NFPROTO_INET, 'inet'],
  [NFPROTO_IPV4, 'ip'],
  [NFPROTO_IPV6, 'ip6'],
]);

function hookOf(attributes: AttributeReader): number | undefined {
  while (attributes.next()) {
    if (attributes.type === NFTA_HOOK_HOOKNUM) return readBigEndian32(attributes);
  }
  return undefined;
}

function readBigEndian32({ bytes, start, length }: AttributeReader): number | undefined {
  return length < 4 ? undefined : new DataView(bytes.buffer, bytes.byteOffset + start, 4).getUint32(0);
}

/** What puts the table in place of the one there is. Removing it is an error where there is none: it is made before. */
function firewallRequests(table: string, chains: readonly FirewallChain[]): ChangeRequest[] {
  const rules = chains.flatMap((chain) => chain.rules.map((rule) => newRule(table, chain.name, rule)));
  if (chains.some((chain) => chain.rules.some(({ verdict }) => directionOf(verdict)))) {
    const sets = countSets.map((set) => newCountSet(table, set));
    const emptied = chains.flatMap((chain) => [newChain(table, chain), emptyChain(table, chain)]);
    return [newTable(table), ...sets, ...emptied, ...rules];
  }
  const requests = [newTable(table), removeTable(table)];
  if (chains.length === 0) return requests;
  requests.push(newTable(table));
  return [...requests, ...chains.map((chain) => newChain(table, chain)), ...rules];
}

function newTable(table: string): ChangeRequest {
  return change(NFT_MSG_NEWTABLE, NLM_F_CREATE, 'adding the table', table, (body) =>
    body.attributeText(NFTA_TABLE_NAME, table),
  );
}

function removeTable(table: string): ChangeRequest {
  return change(NFT_MSG_DELTABLE, 0, 'removing the table', table, (body) => body.attributeText(NFTA_TABLE_NAME, table));
}

function newChain(table: string, { name, base }: FirewallChain): ChangeRequest {
  return change(NFT_MSG_NEWCHAIN, NLM_F_CREATE, 'adding the chain', `${table} ${name}`, (body) => {
    body.attributeText(NFTA_CHAIN_TABLE, table).attributeText(NFTA_CHAIN_NAME, name);
    if (!base) return;
    body.attributeNested(NFTA_CHAIN_HOOK, (hook) =>
      hook
        .attribute(NFTA_HOOK_HOOKNUM, bigEndian32(hooks[base.hook]))
        .attribute(NFTA_HOOK_PRIORITY, bigEndian32(base.priority)),
    );
    body.attributeText(NFTA_CHAIN_TYPE, base.hook === 'nat' ? 'nat' : 'filter');
  });
}

function emptyChain(table: string, { name }: FirewallChain): ChangeRequest {
  return change(NFT_MSG_DELRULE, 0, 'emptying the chain', `${table} ${name}`, (body) =>
    body.attributeText(NFTA_RULE_TABLE, table).attributeText(NFTA_RULE_CHAIN, name),
  );
}

function newRule(table: string, chain: string, { matches, verdict }: FirewallRule): ChangeRequest {
  return change(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, 'adding a rule', `${table} ${chain}`, (body) => {
    body.attributeText(NFTA_RULE_TABLE, table).attributeText(NFTA_RULE_CHAIN, chain);
    body.attributeNested(NFTA_RULE_EXPRESSIONS, (list) => {
      for (const match of matches) putMatch(list, match);
      const direction = directionOf(verdict);
      if (direction) putCount(list, direction, countedFamily(matches));
      else putVerdict(list, verdict);
    });
  });
}

function directionOf(verdict: FirewallRule['verdict']): TrafficCount['direction'] | undefined {
  if (verdict === 'count-sent') return 'sent';
  return verdict === 'count-received' ? 'received' : undefined;
}

function countedFamily(matches: readonly FirewallMatch[]): Family {
  const prefixes = matches.flatMap((match) => ('prefix' in match ? match.prefix : []));
  return prefixes[0] ? familyOf(prefixes[0].address) : 4;
}

function putMatch(list: MessageWriter, match: FirewallMatch): void {
  switch (match.kind) {
    case 'in-interface':
    case 'out-interface': {
      meta(list, match.kind === 'in-interface' ? NFT_META_IIFNAME : NFT_META_OIFNAME);
      const name = new Uint8Array(IFNAMSIZ);
      name.set(new TextEncoder().encode(match.name).subarray(0, IFNAMSIZ - 1));
      return compare(list, match.not ? NFT_CMP_NEQ : NFT_CMP_EQ, name);
    }
    case 'source':
    case 'destination':
      return putPrefix(list, match.kind, match.prefix);
    case 'known-connection':
      expression(list, 'ct', (data) =>
        data.attribute(NFTA_CT_DREG, bigEndian32(NFT_REG_1)).attribute(NFTA_CT_KEY, bigEndian32(NFT_CT_STATE)),
      );
      mask(list, new MessageWriter().uint32(CT_STATE_OF_KNOWN).finish());
      return compare(list, NFT_CMP_NEQ, new Uint8Array(4));
    case 'protocol':
      meta(list, NFT_META_L4PROTO);
      return compare(list, NFT_CMP_EQ, Uint8Array.of(match.number));
    case 'ports':
      payload(list, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4);
      return compare(list, NFT_CMP_EQ, Uint8Array.of(...port(match.source), ...port(match.destination)));
    case 'icmp-type':
      payload(list, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
      compare(list, NFT_CMP_GTE, Uint8Array.of(match.from));
      return compare(list, NFT_CMP_LTE, Uint8Array.of(match.to));
  }
}

function putPrefix(list: MessageWriter, end: 'source' | 'destination', { address, length }: Prefix): void {
  const isIpv4 = familyOf(address) === 4;
  const bytes = ipToBytes(address);
  meta(list, NFT_META_NFPROTO);
  compare(list, NFT_CMP_EQ, Uint8Array.of(isIpv4 ? NFPROTO_IPV4 : NFPROTO_IPV6));
  if (length === 0) return;
  // Of the IPv4 header the source is at 12, of the IPv6 header at 8; the destination follows.
  const source = isIpv4 ? 12 : 8;
  payload(list, NFT_PAYLOAD_NETWORK_HEADER, end === 'source' ? source : source + bytes.length, bytes.length);
  const bits = bytes.map((_, i) => (0xff00 >> Math.min(8, Math.max(0, length - 8 * i))) & 0xff);
  if (length < 8 * bytes.length) mask(list, bits);
  compare(
    list,
    NFT_CMP_EQ,
    bytes.map((byte, i) => byte & (bits[i] as number)),
  );
}

function putVerdict(list: MessageWriter, verdict: FirewallRule['verdict']): void {
  if (verdict === 'masquerade') return expression(list, 'masq', () => {});
  if (verdict === 'clamp-mss') return clampMss(list);
  expression(list, 'immediate', (data) =>
    data
      .attribute(NFTA_IMMEDIATE_DREG, bigEndian32(NFT_REG_VERDICT))
      .attributeNested(NFTA_IMMEDIATE_DATA, (value) =>
        value.attributeNested(NFTA_DATA_VERDICT, (inner) =>
          inner.attribute(NFTA_VERDICT_CODE, bigEndian32(verdict === 'accept' ? NF_ACCEPT : NF_DROP)),
        ),
      ),
  );
}

/** Of the packets that open a connection; the kernel lowers the option and never raises it. */
function clampMss(list: MessageWriter): void {
  meta(list, NFT_META_L4PROTO);
  compare(list, NFT_CMP_EQ, Uint8Array.of(IPPROTO_TCP));
  payload(list, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS_OFFSET, 1);
  mask(list, Uint8Array.of(TCP_SYN));
  compare(list, NFT_CMP_NEQ, Uint8Array.of(0));
  expression(list, 'rt', (data) =>
    data.attribute(NFTA_RT_DREG, bigEndian32(NFT_REG_1)).attribute(NFTA_RT_KEY, bigEndian32(NFT_RT_TCPMSS)),
  );
  expression(list, 'byteorder', (data) =>
    data
      .attribute(NFTA_BYTEORDER_SREG, bigEndian32(NFT_REG_1))
      .attribute(NFTA_BYTEORDER_DREG, bigEndian32(NFT_REG_1))
      .attribute(NFTA_BYTEORDER_OP, bigEndian32(NFT_BYTEORDER_HTON))
      .attribute(NFTA_BYTEORDER_LEN, bigEndian32(2))
      .attribute(NFTA_BYTEORDER_SIZE, bigEndian32(2)),
  );
  // Two bytes into the option, behind its kind and length (RFC 9293 section 3.2).
  expression(list, 'exthdr', (data) =>
    data
      .attribute8(NFTA_EXTHDR_TYPE, TCPOPT_MAXSEG)
      .attribute(NFTA_EXTHDR_OFFSET, bigEndian32(2))
      .attribute(NFTA_EXTHDR_LEN, bigEndian32(2))
      .attribute(NFTA_EXTHDR_OP, bigEndian32(NFT_EXTHDR_OP_TCPOPT))
      .attribute(NFTA_EXTHDR_SREG, bigEndian32(NFT_REG_1)),
  );
}

/** The begin or the end of a batch. */
function edge(type: number): ChangeRequest {
  const body = nfgenmsg(NFPROTO_UNSPEC, NFNL_SUBSYS_NFTABLES).finish();
  return { type, flags: 0, body, call: 'changing', object: 'nftables' };
}

function port(number: number): readonly [number, number] {
  return [number >> 8, number & 0xff];
}
