// As much of a Pulse gateway as a login and a tunnel take, behind the upgrade of its TLS connection: IF-T/TLS (TCG's IF-T binding to
// TLS) with EAP in it, and Juniper's attributes in that. For fake-gateway.mjs.

const TCG = 0x5597;
const JUNIPER = 0xa4c;
const JUNIPER_2 = 0x583;
const versionRequest = 1;
const versionResponse = 2;
const authChallenge = 5;
const authResponse = 6;
const authSuccess = 7;
const configuration = 1;
const packet = 4;
const clientInformation = 0x88;
const endOfConfiguration = 0x8f;
/** Vendor and method of IF-T's authentication, and the type of EAP: expanded, Juniper. */
const authType = words(0xa4c01);
const expanded = words(0xfe000a4c);
/** Attributes: EAP within EAP, user name, session. */
const [eapMessage, userName, session] = [79, 0xd6d, 0xd53];
const [passwordRequest, passwordRetry, tokenCode] = [0x01, 0x81, 6];
const cookie = 'a-cookie';

function words(...values) {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

/** Of the configuration: type and length, 16 bits each. */
function item(type, content, length = content.length) {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(length, 2);
  return Buffer.concat([header, content]);
}

/** Here the length counts itself and the type. */
const block = (type, content) => item(type, content, content.length + 4);

function eap(code, content) {
  return Buffer.concat([words((code << 24) | (content.length + 4)), content]);
}

/** RFC 6733, section 4.1. */
function attribute(code, content, vendor) {
  const header =
    vendor === undefined ? words(code, content.length + 8) : words(code, 0x80000000 + content.length + 12, vendor);
  return Buffer.concat([header, content, Buffer.alloc((4 - (content.length % 4)) % 4)]);
}

function attributesOf(bytes) {
  const found = new Map();
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUIntBE(at + 5, 3);
    if (length < 8) break;
    found.set(bytes.readUInt32BE(at), bytes.subarray(at + (bytes[at + 4] & 0x80 ? 12 : 8), at + length));
    at += (length + 3) & ~3;
  }
  return found;
}

const addresses = [
  [1, [10, 5, 0, 2]],
  [2, [255, 255, 255, 255]],
  [3, [10, 5, 0, 1]],
  [0x4005, [0, 0, 5, 120]],
].map(([type, content]) => item(type, Buffer.from(content)));

/** Frames of IF-T: vendor, type, length, number. `echo` makes an IPv4 packet with a ping its reply. */
export function pulse(socket, first, echo) {
  let number = 0;
  let step = 'identity';
  let sent = Promise.resolve();
  /** A record of TLS each: the client takes one for one frame. */
  const send = (vendor, type, ...parts) => {
    const content = Buffer.concat(parts);
    const frame = Buffer.concat([words(vendor, type, 16 + content.length, number++), content]);
    sent = sent.then(() => new Promise((resolve) => socket.write(frame, () => resolve())));
  };
  const challenge = (...attributes) =>
    send(TCG, authChallenge, authType, eap(1, Buffer.concat([expanded, words(1), ...attributes])));
  const ask = (code) =>
    challenge(attribute(eapMessage, eap(1, Buffer.concat([expanded, words(2), Buffer.from([code])]))));
  const accept = () => {
    challenge(attribute(session, Buffer.from(cookie), JUNIPER_2));
    step = 'accepted';
  };

  /** What the client says of itself, its credentials, and that it has its session. */
  const respond = (attributes) => {
    const inner = attributes.get(eapMessage);
    switch (step) {
      case 'identity':
        step = 'client';
        return challenge();
      case 'client':
        if (attributes.get(session)?.toString() === cookie) return accept();
        step = 'password';
        return ask(passwordRequest);
      case 'password': {
        // 2, 2, the password's length and two, the password.
        const password = inner?.subarray(15, 15 + inner[14] - 2).toString();
        process.stdout.write(`login of ${attributes.get(userName)}\n`);
        if (password !== 'wonder land') return ask(passwordRetry);
        step = 'code';
        const prompt = Buffer.from('Enter the code of your token');
        return challenge(attribute(eapMessage, eap(1, Buffer.concat([Buffer.from([tokenCode]), prompt]))));
      }
      case 'code':
        return inner?.subarray(5).toString() === '123456' ? accept() : socket.end();
      default:
        send(TCG, authSuccess, authType, eap(3, Buffer.alloc(0)));
        return configure();
    }
  };

  const configure = () => {
    const attributes = Buffer.concat([words(0x3000000), ...addresses]);
    const unknown = block(0x2c00, Buffer.from('030000004026000100', 'hex'));
    const noRoutes = block(0x2e00, Buffer.alloc(4));
    const content = Buffer.concat([unknown, noRoutes, words(attributes.length + 4), attributes]);
    send(JUNIPER, configuration, words(0, 0, 0, 0, 0x2e20f000, 0, content.length + 28), content);
    send(JUNIPER, endOfConfiguration, words(0));
  };

  const take = (vendor, type, content) => {
    if (vendor === TCG && type === versionRequest) send(TCG, versionResponse, words(2));
    else if (vendor === JUNIPER && type === clientInformation) send(TCG, authChallenge, authType);
    // Behind the type of authentication, EAP's header and, in an expanded one, vendor and method.
    else if (vendor === TCG && type === authResponse) respond(attributesOf(content.subarray(16)));
    else if (vendor === JUNIPER && type === packet) {
      const reply = Buffer.from(content);
      if (reply.length > 20 && reply[9] === 1 && reply[20] === 8) echo(reply);
      send(JUNIPER, packet, reply);
    }
  };

  let rest = first;
  const hear = (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 16 && rest.length >= rest.readUInt32BE(8)) {
      const length = rest.readUInt32BE(8);
      const frame = rest.subarray(0, length);
      rest = rest.subarray(length);
      take(frame.readUInt32BE(0) & 0xffffff, frame.readUInt32BE(4), frame.subarray(16));
    }
  };
  socket.on('data', hear);
  hear(Buffer.alloc(0));
}
