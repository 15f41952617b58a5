// An HTTP proxy with a password: node http-proxy.cjs PORT USER:PASSWORD
const http = require('node:http');
const net = require('node:net');

const [port, account = ''] = process.argv.slice(2);
const wanted = `Basic ${Buffer.from(account).toString('base64')}`;

const proxy = http.createServer((_, response) => response.writeHead(405).end());
proxy.on('connect', ({ url, headers }, client) => {
  if (headers['proxy-authorization'] !== wanted) {
    console.log(`refused ${headers['proxy-authorization'] ?? 'nothing'}`);
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="lab"\r\n\r\n');
    return;
  }
  const { hostname, port: farPort } = new URL(`tcp://${url}`);
  const server = net.connect(Number(farPort), hostname, () => {
    console.log(`connected ${url}`);
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    client.pipe(server).pipe(client);
  });
  for (const [one, other] of [
    [client, server],
    [server, client],
  ])
    one.on('error', () => other.destroy());
});
proxy.listen(Number(port), () => console.log('listening'));
