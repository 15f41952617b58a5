/** One message: its header read and written (D-Bus specification, "Message Protocol"). */
import { type DecodeError, err, Invariant, ok, type Result } from '@connman/base';
import { Decoder } from './decode';
import type { Encoder } from './encode';
import { isBusName, isInterfaceName, isMemberName, isObjectPath } from './names';
import { parseSignature, type Type } from './signature';

export const messageType = { call: 1, reply: 2, error: 3, signal: 4 } as const;
export const messageFlag = { noReplyExpected: 1, noAutoStart: 2, allowInteractiveAuthorization: 4 } as const;

/** A header field that is text; the specification says what it must look like. */
interface TextField {
  readonly code: number;
  readonly name: 'path' | 'interface' | 'member' | 'errorName' | 'destination' | 'sender';
  readonly type: 'o' | 's';
  readonly isValid: (text: string) => boolean;
}

const path: TextField = { code: 1, name: 'path', type: 'o', isValid: isObjectPath };
const interfaceName: TextField = { code: 2, name: 'interface', type: 's', isValid: isInterfaceName };
const member: TextField = { code: 3, name: 'member', type: 's', isValid: isMemberName };
const errorName: TextField = { code: 4, name: 'errorName', type: 's', isValid: isInterfaceName };
const destination: TextField = { code: 6, name: 'destination', type: 's', isValid: isBusName };
const sender: TextField = { code: 7, name: 'sender', type: 's', isValid: isBusName };

/** The other fields' codes. */
const field = { replySerial: 5, signature: 8, unixFds: 9 } as const;

/** By code. */
const textFields: readonly (TextField | undefined)[] = [
  undefined,
  path,
  interfaceName,
  member,
  errorName,
  undefined,
  destination,
  sender,
];

/** The fixed part of a header, up to and with the length of its fields. */
export const fixedHeaderBytes = 16;
/** Of a whole message (D-Bus specification, "Message Format"). */
const maxMessageBytes = 128 * 1024 * 1024;
const maxHeaderValues = 1024;

export interface Header {
  readonly type: number;
  readonly flags: number;
  readonly serial: number;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly errorName: string;
  readonly replySerial: number;
  readonly destination: string;
  readonly sender: string;
  readonly signature: string;
  readonly unixFds: number;
}

/** A message as it came. A text field that was not there is empty. */
export interface Message extends Header {
  readonly littleEndian: boolean;
  /** Valid during the handler's call only. */
  readonly body: Uint8Array;
  /** File descriptors that came with it; the receiver closes them. */
  readonly fds: readonly number[];
}

/** The lengths that the fixed header tells, which is all that framing needs. */
export interface Frame {
  readonly littleEndian: boolean;
  readonly type: number;
  readonly serial: number;
  /** Where the header's fields end. */
  readonly fieldsEnd: number;
  readonly bodyStart: number;
  /** Of the whole message. */
  readonly bytes: number;
}

/** Reads the first 16 bytes of a message. A fault here cannot be stepped over: the stream is lost. */
export function readFrame(bytes: Uint8Array, at: number): Result<Frame, DecodeError> {
  const order = bytes[at];
  if (order !== 0x6c && order !== 0x42) return bad(0, 'the byte order is neither "l" nor "B"');
  if (bytes[at + 3] !== 1) return bad(3, 'the protocol version is not 1');
  const littleEndian = order === 0x6c;
  const bodyLength = readUint32(bytes, at + 4, littleEndian);
  const fieldsEnd = fixedHeaderBytes + readUint32(bytes, at + 12, littleEndian);
  const bodyStart = (fieldsEnd + 7) & ~7;
  const total = bodyStart + bodyLength;
  if (fieldsEnd > maxMessageBytes || total > maxMessageBytes) return bad(4, 'the message is larger than 128 MiB');
  const serial = readUint32(bytes, at + 8, littleEndian);
  return ok({ littleEndian, type: bytes[at + 1] as number, serial, fieldsEnd, bodyStart, bytes: total });
}

function bad(offset: number, reason: string): Result<never, DecodeError> {
  return err({ layer: 'dbus', offset, reason });
}

function readUint32(b: Uint8Array, at: number, littleEndian: boolean): number {
  const [p, q, r, s] = littleEndian ? [at + 3, at + 2, at + 1, at] : [at, at + 1, at + 2, at + 3];
  return (((b[p] as number) << 24) | ((b[q] as number) << 16) | ((b[r] as number) << 8) | (b[s] as number)) >>> 0;
}

/** The header of the message that begins at `at`; the frame has been read and its `fieldsEnd` bytes are there. */
export function readHeader(bytes: Buffer, at: number, frame: Frame): Result<Header, DecodeError> {
  const reader = new Decoder(bytes, at, at + frame.fieldsEnd, {
    littleEndian: frame.littleEndian,
    maxValues: maxHeaderValues,
  });
  reader.at = at + fixedHeaderBytes;
  const header = {
    type: frame.type,
    flags: bytes[at + 2] as number,
    serial: frame.serial,
    path: '',
    interface: '',
    member: '',
    errorName: '',
    replySerial: 0,
    destination: '',
    sender: '',
    signature: '',
    unixFds: 0,
  };
  const end = at + frame.fieldsEnd;
  while (reader.at < end && !reader.failed) {
    reader.align(8);
    readField(reader, reader.uint8(), reader.signature(), header);
  }
  if (!reader.failed) checkRequired(reader, header);
  return reader.failed ? err(reader.error) : ok(header);
}

type MutableHeader = { -readonly [K in keyof Header]: Header[K] };

function readField(reader: Decoder, code: number, type: string, header: MutableHeader): void {
  const textField = textFields[code];
  if (textField) {
    if (type !== textField.type) return failType(reader, code, type);
    const text = reader.string();
    header[textField.name] = text;
    if (!reader.failed && !textField.isValid(text)) reader.fail(`header field ${code} is malformed`);
  } else if (code === field.replySerial || code === field.unixFds) {
    if (type !== 'u') return failType(reader, code, type);
    header[code === field.replySerial ? 'replySerial' : 'unixFds'] = reader.uint32();
  } else if (code === field.signature) {
    if (type !== 'g') return failType(reader, code, type);
    header.signature = reader.signature();
    if (!parseSignature(header.signature).ok) reader.fail('the signature of the body is malformed');
  } else if (code === 0) {
    reader.fail('header field 0 is not allowed');
  } else {
    // A field of a later version of the protocol: its value is stepped over.
    const parsed = parseSignature(type);
    const only = parsed.ok && parsed.value.length === 1 ? parsed.value[0] : undefined;
    if (only) reader.value(only);
    else reader.fail(`header field ${code} has a malformed type`);
  }
}

function failType(reader: Decoder, code: number, type: string): void {
  reader.fail(`header field ${code} has the type "${type}"`);
}

function checkRequired(reader: Decoder, header: Header): void {
  const { type } = header;
  if (header.serial === 0) reader.fail('the serial is 0');
  else if (type === 0) reader.fail('the message type is 0');
  else if (type === messageType.call && !(header.path && header.member)) reader.fail('a call without path or member');
  else if (type === messageType.signal && !(header.path && header.interface && header.member))
    reader.fail('a signal without path, interface or member');
  else if ((type === messageType.reply || type === messageType.error) && header.replySerial === 0)
    reader.fail('a reply without the serial it answers');
  else if (type === messageType.error && !header.errorName) reader.fail('an error without its name');
}

/** A message to be sent. A text field that is empty is left out. */
export interface OutgoingMessage {
  readonly type: number;
  readonly flags?: number;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly errorName?: string;
  readonly replySerial?: number;
  readonly destination?: string;
  readonly types: readonly Type[];
  readonly signature: string;
  readonly body: readonly unknown[];
}

/**
 * Writes one message; gives the file descriptors it carries. Throws Invariant if the message is not valid; nothing of it
 * is left in the encoder then.
 */
export function writeMessage(
  encoder: Encoder,
  serial: number,
  message: OutgoingMessage,
  maxFds: number,
): readonly number[] {
  const start = encoder.begin();
  try {
    writeParts(encoder, start, serial, message, 0);
    const count = encoder.fds.length;
    if (count > maxFds) throw new Invariant(`a message here carries at most ${maxFds} file descriptors, not ${count}`);
    if (count > 0) {
      // How many there are is known only now, but stands before the body.
      encoder.rollBack(start);
      encoder.begin();
      writeParts(encoder, start, serial, message, count);
    }
    if (encoder.length - start > maxMessageBytes) throw new Invariant('a message is larger than 128 MiB');
  } catch (error) {
    encoder.rollBack(start);
    throw error;
  }
  return encoder.fds;
}

function writeParts(encoder: Encoder, start: number, serial: number, message: OutgoingMessage, fdCount: number): void {
  encoder.uint8(0x6c);
  encoder.uint8(message.type);
  encoder.uint8(message.flags ?? 0);
  encoder.uint8(1);
  encoder.uint32(0);
  encoder.uint32(serial);
  encoder.uint32(0);
  writeText(encoder, path, message.path);
  writeText(encoder, interfaceName, message.interface);
  writeText(encoder, member, message.member);
  writeText(encoder, errorName, message.errorName);
  if (message.replySerial) writeNumber(encoder, field.replySerial, message.replySerial);
  writeText(encoder, destination, message.destination);
  if (message.signature) {
    writeFieldHead(encoder, field.signature, 'g');
    encoder.signature(message.signature);
  }
  if (fdCount > 0) writeNumber(encoder, field.unixFds, fdCount);
  encoder.putUint32(start + 12, encoder.length - start - fixedHeaderBytes);
  encoder.align(8);
  const bodyStart = encoder.length;
  encoder.values(message.types, message.body);
  encoder.putUint32(start + 4, encoder.length - bodyStart);
}

function writeFieldHead(encoder: Encoder, code: number, type: string): void {
  encoder.align(8);
  encoder.uint8(code);
  encoder.signature(type);
}

function writeText(encoder: Encoder, { code, type, isValid }: TextField, text: string | undefined): void {
  if (!text) return;
  if (!isValid(text)) throw new Invariant(`"${text}" cannot stand in header field ${code}`);
  writeFieldHead(encoder, code, type);
  encoder.string(text);
}

function writeNumber(encoder: Encoder, code: number, value: number): void {
  writeFieldHead(encoder, code, 'u');
  encoder.uint32(value);
}
