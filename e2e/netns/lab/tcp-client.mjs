// Traffic across the uplink while something happens to the machine: one TCP connection to an echo server, kept open.
//
//   node tcp-client.mjs ADDRESS
//
// Sends a numbered line every 5 ms and says "echoed N" every 20 answers. When standard input ends it stops sending, waits
// for what is still on its way and prints one line of JSON: lines sent, lines echoed in order, and how it ended.
import { connect } from 'node:net';

const INTERVAL_MS = 5;
let sent = 0;
let echoed = 0;
let fault;

const connection = connect(7, process.argv[2]);
connection.setNoDelay(true);
connection.setEncoding('latin1');

let rest = '';
connection.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    if (Number(line) !== echoed) return finish(`line ${line} came where ${echoed} was due`);
    echoed++;
    if (echoed % 20 === 0) console.log(`echoed ${echoed}`);
  }
  if (stopping && echoed === sent) finish();
});
connection.on('error', (error) => finish(error.code));
connection.on('close', () => finish('the connection was closed'));

const pace = setInterval(() => connection.write(`${sent++}\n`), INTERVAL_MS);

let stopping = false;
process.stdin.on('end', () => {
  stopping = true;
  clearInterval(pace);
  if (echoed === sent) finish();
});
process.stdin.resume();

function finish(reason) {
  if (fault !== undefined) return;
  fault = reason ?? '';
  console.log(JSON.stringify({ sent, echoed, fault }));
  process.exit();
}
