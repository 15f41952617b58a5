/** What the client machine wants to send, as bytes: the message with who we are (RFC 2131 tables 4 and 5), in IP and UDP. */
import type { Dhcp4Request } from '@connman/contracts';
import { ipv4Any, ipv4Broadcast, type MacAddress, macBroadcast, macToBytes } from '@connman/inet';
import type { Outgoing } from './client-state';
import { encodeMessage } from './message';
import { messageTypeCode, OptionWriter, option, requestedOptions } from './options';
import { clientPort, encodeUdp, serverPort } from './udp';

/** What we can take in one packet (option 57): any Ethernet frame's worth, or the least a server must count on. */
const maximumMessageBytes = 1472;
const leastMessageBytes = 576;
const hardwareEthernet = 1;

export interface OutgoingPacket {
  readonly packet: Uint8Array;
  readonly destination: MacAddress;
}

export function encodeOutgoing(message: Outgoing, identity: Dhcp4Request): OutgoingPacket {
  const { ciaddr = ipv4Any, unicastTo } = message;
  const payload = encodeMessage({
    op: 'request',
    xid: message.xid,
    secs: message.secs,
    broadcast: message.cautious,
    ciaddr,
    yiaddr: ipv4Any,
    siaddr: ipv4Any,
    giaddr: ipv4Any,
    chaddr: identity.mac,
    options: optionsOf(message, identity),
  });
  // What we put in always fits: the texts are host names and a configured class, none of them longer than an option.
  if (!payload) throw new RangeError(`the options of a ${message.type} for ${identity.interfaceName} do not fit`);
  const packet = encodeUdp({
    source: { address: ciaddr, port: clientPort },
    destination: { address: unicastTo?.address ?? ipv4Broadcast, port: serverPort },
    payload,
  });
  return { packet, destination: unicastTo?.mac ?? macBroadcast };
}

function optionsOf(message: Outgoing, identity: Dhcp4Request): ReadonlyMap<number, Uint8Array> {
  const { type, requestedAddress, server, cautious } = message;
  const writer = new OptionWriter().add(option.messageType, messageTypeCode(type));
  // Rule 108: hardware type and address, the same in every message of the client.
  writer.add(option.clientIdentifier, Uint8Array.of(hardwareEthernet, ...macToBytes(identity.mac)));
  if (requestedAddress) writer.add(option.requestedAddress, requestedAddress);
  if (server) writer.add(option.serverIdentifier, server);
  if (type === 'decline' || type === 'release') return writer.options;
  writer.add(option.maximumMessageSize, cautious ? leastMessageBytes : maximumMessageBytes);
  writer.add(option.parameterRequestList, Uint8Array.from(requestedOptions));
  if (identity.hostname !== '') writer.add(option.hostName, identity.hostname.slice(0, 255));
  // Left out when the plain message went unanswered: some servers drop what they do not know.
  if (identity.vendorClassId !== '' && !cautious) writer.add(option.vendorClass, identity.vendorClassId.slice(0, 255));
  if (type === 'discover' && !cautious) writer.add(option.rapidCommit, true);
  return writer.options;
}
