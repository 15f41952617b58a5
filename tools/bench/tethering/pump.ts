// A fixed number of bytes over one TCP connection.
//
//   pump serve PORT            prints "listening", then JSON { bytes, elapsedMs } of the connection that has ended
//   pump send ADDRESS PORT MEGABYTES
import { connect, createServer } from 'node:net';

const [task, ...words] = process.argv.slice(2);
const chunk = Buffer.alloc(1 << 20);

function serve(port: number): void {
  const server = createServer((socket) => {
    const since = performance.now();
    let bytes = 0;
    socket.on('data', (data) => {
      bytes += data.length;
    });
    socket.on('end', () => {
      console.log(JSON.stringify({ bytes, elapsedMs: performance.now() - since }));
      socket.end();
      server.close();
    });
  });
  server.listen(port, () => console.log('listening'));
}

function send(address: string, port: number, megabytes: number): void {
  let left = megabytes;
  const socket = connect(port, address, fill);
  socket.on('drain', fill);
  socket.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  function fill(): void {
    while (left > 0) {
      left--;
      if (!socket.write(chunk)) return;
    }
    socket.end();
  }
}

if (task === 'serve') serve(Number(words[0]));
else send(words[0] ?? '', Number(words[1]), Number(words[2]));
