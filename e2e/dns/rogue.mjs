// A name server that misbehaves on request. Its behaviour is a word on standard input; each question's source port goes out.
//
//   honest  silent  late MS  other-address ADDRESS  lies  lower-case  truncates
import dgram from 'node:dgram';
import net from 'node:net';
import readline from 'node:readline';

const [, , address] = process.argv;
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
net
  .createServer((connection) => {
    connection.on('error', () => {});
    connection.on('data', (chunk) => {
      const answer = answerTo(chunk.subarray(2), truth);
      const framed = Buffer.concat([Buffer.from([0, answer.length]), answer]);
      // In two segments, as it may come.
      connection.write(framed.subarray(0, 5));
      setTimeout(() => connection.write(framed.subarray(5)), 5);
    });
  })
  .listen(53, address);
socket.bind(53, address, () => process.stdout.write('listening\n'));
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  behaviour = line.split(' ');
  process.stdout.write(`behaving ${line}\n`);
});
