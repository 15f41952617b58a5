// A name server that misbehaves on request. Its behaviour is a word on standard input; each question's source port goes out.
//
//   rogue.mjs ADDRESS [udp-only]
//
//   honest  silent  late MS  other-address ADDRESS  lies  lower-case  truncates
//   half-record       TC, and half of the last record
//   extra-octet       one octet behind the last record
//   extra-count       an ARCOUNT that promises one record more than there is
//   without-edns HOW  questions with EDNS get that rcode, or nothing (drop)
//   tells PACKET      what dns-packet makes of this JSON; a record named @ has the name that was asked
import dgram from 'node:dgram';
import net from 'node:net';
import readline from 'node:readline';
import { decode, encode } from 'dns-packet';

const [, , address, transports] = process.argv;
let behaviour = ['honest'];

/** An A record for whatever is asked; `change` may spoil the answer. */
function answerTo(question, data, change = (bytes) => bytes) {
  const end = question.indexOf(0, 12) + 5;
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 6);
  header.writeUInt16BE(0, 10);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...data.split('.').map(Number)]);
  return change(Buffer.concat([header, question.subarray(12, end), record]));
}

/** An answer turned into a refusal: the header with that rcode, and the question. */
function refusal(answer, rcode) {
  answer.writeUInt16BE(0x8180 | rcode, 2);
  answer.writeUInt16BE(0, 6);
  return answer.subarray(0, answer.length - 16);
}

/** The packet in `json` as the answer to a question. */
function told(json, question) {
  const { id, questions } = decode(question);
  const packet = JSON.parse(json, (_, value) => (value?.type === 'Buffer' ? Buffer.from(value.data) : value));
  const answers = packet.answers.map((record) =>
    record.name === '@' ? { ...record, name: questions[0].name } : record,
  );
  return encode({ type: 'response', id, questions, ...packet, answers, flags: 0x0180 | (packet.flags ?? 0) });
}

const socket = dgram.createSocket('udp4');
const truth = '192.0.2.1';
const lie = '203.0.113.66';

function misbehave(question, peer) {
  const [word, argument] = behaviour;
  const send = (bytes) => socket.send(bytes, peer.port, peer.address);
  process.stdout.write(`port ${peer.port} id ${question.readUInt16BE(0)}\n`);
  if (word === 'honest') send(answerTo(question, truth));
  if (word === 'late') setTimeout(() => send(answerTo(question, truth)), Number(argument));
  if (word === 'truncates') send(answerTo(question, lie, (bytes) => bytes.fill(0x83, 2, 3)));
  if (word === 'lower-case') {
    send(
      Buffer.from(
        answerTo(question, truth)
          .toString('latin1')
          .replace(/[A-Z]/g, (c) => c.toLowerCase()),
        'latin1',
      ),
    );
  }
  if (word === 'half-record')
    send(answerTo(question, lie, (bytes) => bytes.fill(0x83, 2, 3).subarray(0, bytes.length - 8)));
  if (word === 'extra-octet') send(Buffer.concat([answerTo(question, truth), Buffer.of(0)]));
  if (word === 'extra-count') send(answerTo(question, truth, (bytes) => bytes.fill(1, 11, 12)));
  if (word === 'tells') send(told(argument, question));
  if (word === 'without-edns') {
    const hasEdns = question.readUInt16BE(10) > 0;
    if (!hasEdns) send(answerTo(question, truth));
    else if (argument !== 'drop') send(answerTo(question, truth, (bytes) => refusal(bytes, Number(argument))));
  }
  if (word === 'other-address') {
    const stranger = dgram.createSocket('udp4');
    stranger.bind(53, argument, () => {
      stranger.send(answerTo(question, lie), peer.port, peer.address, () => {
        stranger.close();
        setTimeout(() => send(answerTo(question, truth)), 20);
      });
    });
  }
  if (word === 'lies') {
    const flip = (at, mask) => (bytes) => bytes.fill(bytes[at] ^ mask, at, at + 1);
    send(answerTo(question, lie, flip(0, 1)));
    send(answerTo(question, lie, flip(13, 3)));
    send(answerTo(question, lie, flip(2, 0x80)));
    send(answerTo(question, lie, (bytes) => bytes.subarray(0, bytes.length - 2)));
    send(answerTo(question, lie, (bytes) => bytes.subarray(0, 7)));
    send(Buffer.alloc(0));
    setTimeout(() => send(answerTo(question, truth)), 20);
  }
}

socket.on('message', misbehave);
const server = net.createServer((connection) => {
  connection.on('error', () => {});
  connection.on('data', (chunk) => {
    const answer = answerTo(chunk.subarray(2), truth);
    const framed = Buffer.concat([Buffer.from([0, answer.length]), answer]);
    // In two segments, as it may come.
    connection.write(framed.subarray(0, 5));
    setTimeout(() => connection.write(framed.subarray(5)), 5);
  });
});
if (transports !== 'udp-only') server.listen(53, address);
socket.bind(53, address, () => process.stdout.write('listening\n'));
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  behaviour = line.split(' ');
  process.stdout.write(`behaving ${line}\n`);
});
