import type { OsError } from '@connman/base';
import { macBroadcast, parseIp } from '@connman/inet';
import type { BpfInstruction, PacketInfo } from '@connman/ports';
import { enterVethNamespace, ip, type VethPair } from '../../test/veth';
import { datagramPort } from '../datagrams/datagram-port';
import { netlinkPort } from './netlink-port';
import { packetPort } from './packet-port';

const ETH_P_IP = 0x0800;
/** A type no one else uses (IEEE 802 local experimental). */
const ETH_P_EXPERIMENT = 0x88b5;

let pair: VethPair;
beforeAll(() => {
  pair = enterVethNamespace();
});
afterAll(() => pair.namespace.leave());

function fail(error: OsError): void {
  throw error;
}

/** Accepts packets whose first byte is `first`. */
function firstByteIs(first: number): BpfInstruction[] {
  return [
    { code: 0x30, jt: 0, jf: 0, k: 0 },
    { code: 0x15, jt: 0, jf: 1, k: first },
    { code: 0x06, jt: 0, jf: 0, k: 0xffff },
    { code: 0x06, jt: 0, jf: 0, k: 0 },
  ];
}

test('a packet arrives without its link-layer header, with its sender; the filter keeps others away', async () => {
  const heard: { text: string; info: PacketInfo }[] = [];
  await new Promise<void>((resolve) => {
    const receiver = packetPort.open({
      ifindex: pair.eth0.ifindex,
      etherType: ETH_P_EXPERIMENT,
      filter: firstByteIs(0x79),
      onPacket(payload, info) {
        heard.push({ text: Buffer.from(payload).toString(), info });
        if (heard.length < 2) return;
        receiver.close();
        sender.close();
        resolve();
      },
      onError: fail,
    });
    const sender = packetPort.open({
      ifindex: pair.peer0.ifindex,
      etherType: ETH_P_EXPERIMENT,
      filter: [],
      onPacket: () => heard.push({ text: 'its own packet', info: { source: pair.peer0.mac, checksumNotReady: false } }),
      onError: fail,
    });
    sender.send(Buffer.from('yes, broadcast'), macBroadcast);
    sender.send(Buffer.from('no'), macBroadcast);
    sender.send(Buffer.from('yes, unicast'), pair.eth0.mac);
  });
  const info = { source: pair.peer0.mac, checksumNotReady: false };
  expect(heard).toEqual([
    { text: 'yes, broadcast', info },
    { text: 'yes, unicast', info },
  ]);
});

test('a packet for another host is not delivered', async () => {
  const heard = await new Promise<string[]>((resolve) => {
    const seen: string[] = [];
    ip('link set eth0 promisc on');
    const receiver = packetPort.open({
      ifindex: pair.eth0.ifindex,
      etherType: ETH_P_EXPERIMENT,
      filter: [],
      onPacket(payload) {
        seen.push(Buffer.from(payload).toString());
        receiver.close();
        resolve(seen);
      },
      onError: fail,
    });
    const { ifindex } = pair.peer0;
    const sender = packetPort.open({ ifindex, etherType: ETH_P_EXPERIMENT, filter: [], onPacket() {}, onError: fail });
    const stranger = '02:00:00:00:00:99' as typeof pair.eth0.mac;
    sender.send(Buffer.from('for a stranger'), stranger);
    sender.send(Buffer.from('for us'), pair.eth0.mac);
    sender.close();
  });
  ip('link set eth0 promisc off');
  expect(heard).toEqual(['for us']);
});

test("a UDP packet of the peer's own stack says that its checksum is not ready", async () => {
  ip('address add 192.0.2.1/24 dev peer0');
  const broadcast = parseIp('192.0.2.255');
  if (!broadcast) throw new Error('no address');
  const info = await new Promise<PacketInfo>((resolve) => {
    const receiver = packetPort.open({
      ifindex: pair.eth0.ifindex,
      etherType: ETH_P_IP,
      filter: [],
      onPacket(_payload, packetInfo) {
        receiver.close();
        resolve(packetInfo);
      },
      onError: fail,
    });
    const sender = datagramPort.open({ family: 4, broadcast: true, onDatagram() {}, onError: fail });
    sender.send(Buffer.from('x'), broadcast, 68);
    sender.close();
  });
  ip('address flush dev peer0');
  expect(info).toEqual({ source: pair.peer0.mac, checksumNotReady: true });
});

test('a link that goes down is told as ENETDOWN, and the socket works again when it is back', async () => {
  const { ifindex } = pair.eth0;
  const errors: string[] = [];
  const heard = await new Promise<string>((resolve) => {
    const receiver = packetPort.open({
      ifindex,
      etherType: ETH_P_EXPERIMENT,
      filter: [],
      onPacket(payload) {
        receiver.close();
        sender.close();
        links.close();
        resolve(Buffer.from(payload).toString());
      },
      onError(error) {
        errors.push(error.code);
        ip('link set eth0 up');
      },
    });
    // The far end drops what it is given until its carrier is back, of which the kernel tells.
    const links = netlinkPort.open({
      protocol: 0,
      groups: [1],
      onDatagram() {
        if (errors.length > 0) sender.send(Buffer.from('back again'), macBroadcast);
      },
      onOverrun() {},
      onError: fail,
    });
    const sender = packetPort.open({
      ifindex: pair.peer0.ifindex,
      etherType: ETH_P_EXPERIMENT,
      filter: [],
      onPacket() {},
      onError() {},
    });
    ip('link set eth0 down');
    expect(() => receiver.send(Buffer.from('x'), macBroadcast)).toThrow(
      `packet socket of link ${ifindex}: send failed: ENETDOWN`,
    );
  });
  expect(errors).toEqual(['ENETDOWN']);
  expect(heard).toBe('back again');
});

test('a link that is not there is refused with ENODEV', () => {
  const options = { ifindex: 9999, etherType: ETH_P_IP, filter: [], onPacket() {}, onError: fail };
  expect(() => packetPort.open(options)).toThrow('packet socket of link 9999: bind failed: ENODEV');
});
