// An HTTP proxy on port 3128 that finds every host on this machine: it forwards each request to port 80 here, and prints its line.
import { createServer, request } from 'node:http';

createServer((asked, answer) => {
  console.log(`${asked.method} ${asked.url} from=${asked.socket.remoteAddress}`);
  if (!asked.url.startsWith('http://')) return answer.writeHead(400).end();
  const { pathname, search } = new URL(asked.url);
  const forwarded = request(
    { port: 80, host: '127.0.0.1', path: pathname + search, headers: asked.headers },
    (page) => {
      answer.writeHead(page.statusCode, page.headers);
      page.pipe(answer);
    },
  );
  forwarded.on('error', () => answer.writeHead(502).end());
  forwarded.end();
}).listen(3128, '0.0.0.0', () => console.log('listening'));
