// TCP clients that hold what they can get of the proxy on 127.0.0.1, and tell when it got rid of them.
import net from 'node:net';

const question = Buffer.concat([
  Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4]),
  Buffer.from('half'),
  Buffer.from([7]),
  Buffer.from('example'),
  Buffer.from([0, 0, 1, 0, 1]),
]);
const framed = Buffer.concat([Buffer.from([0, question.length]), question]);
const started = Date.now();

/** One client; `act` says what it does once connected. */
function client(act) {
  return new Promise((resolve) => {
    const socket = net.connect({ port: 53, host: '127.0.0.1', allowHalfOpen: true }, () => act(socket));
    socket.on('error', () => resolve());
    socket.on('end', () => {
      socket.destroy();
      resolve();
    });
    socket.on('close', () => resolve());
  });
}

const waiting = [];
// Says nothing.
for (let i = 0; i < 10; i++) waiting.push(client(() => {}));
// One octet at a time, for ever.
for (let i = 0; i < 10; i++) {
  waiting.push(
    client((socket) => {
      let at = 0;
      const timer = setInterval(() => {
        if (socket.destroyed || at >= framed.length - 1) clearInterval(timer);
        else socket.write(framed.subarray(at, ++at));
      }, 200);
    }),
  );
}
// Asks and asks and never reads.
for (let i = 0; i < 5; i++) {
  waiting.push(
    client((socket) => {
      socket.pause();
      const many = Buffer.concat(new Array(2000).fill(framed));
      const push = () => {
        while (!socket.destroyed && socket.write(many));
      };
      socket.on('drain', push);
      push();
    }),
  );
}
// Promises a question far too long.
waiting.push(client((socket) => socket.write(Buffer.from([0xff, 0xff, 1]))));
// Sends a header of 11 octets.
waiting.push(client((socket) => socket.write(Buffer.from([0, 11, ...question.subarray(0, 11)]))));
// Sends an answer.
waiting.push(client((socket) => socket.write(Buffer.from([0, question.length, 0, 7, 0x81, ...question.subarray(3)]))));
process.stdout.write('connected\n');

const half = net.connect({ port: 53, host: '127.0.0.1', allowHalfOpen: true }, () => half.end(framed));
let received = Buffer.alloc(0);
half.on('data', (chunk) => {
  received = Buffer.concat([received, chunk]);
});
half.on('end', () => {
  const answer = received.length > 6 ? `answered ${[...received.subarray(-4)].join('.')}` : 'not answered';
  process.stdout.write(`half-closed client: ${answer}\n`);
});

await Promise.all(waiting);
process.stdout.write(`all idle, slow and greedy clients were closed after ${Date.now() - started} ms\n`);
