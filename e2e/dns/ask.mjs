// Asks a server many questions, one after the other: lines of JSON on standard input, lines of JSON with the answers out.
// A question: {"server","port","transport","message"}; an answer: {"answer"} in hexadecimal, empty when there was none.
import dgram from 'node:dgram';
import net from 'node:net';
import readline from 'node:readline';

const patience = 4000;

function overUdp({ server, port, message }) {
  const socket = dgram.createSocket(server.includes(':') ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    const finish = (answer) => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(''), patience);
    socket.once('message', (answer) => finish(answer.toString('hex')));
    socket.send(Buffer.from(message, 'hex'), port, server);
  });
}

function overTcp({ server, port, message }) {
  const socket = net.connect(port, server);
  let received = Buffer.alloc(0);
  return new Promise((resolve) => {
    const finish = (answer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(''), patience);
    const bytes = Buffer.from(message, 'hex');
    socket.write(Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]));
    socket.on('error', () => finish(''));
    socket.on('end', () => finish(''));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE())
        finish(received.subarray(2).toString('hex'));
    });
  });
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const answer = await (question.transport === 'tcp' ? overTcp(question) : overUdp(question));
  process.stdout.write(`${JSON.stringify({ answer })}\n`);
}
