// The floor: a server that sends every question back, marked as an answer, through the same native layer as the proxy.
import { parseIpv4 } from '@connman/inet';
import { batchPort } from '@connman/linux';
import { createDatagramBatch } from '@connman/ports';

const batch = createDatagramBatch(1024);
const localAddress = parseIpv4('127.0.0.1');
const socket = batchPort.openBatch({
  family: 4,
  ...(localAddress && { localAddress }),
  localPort: Number(process.argv[2]),
  onReadable() {
    let count: number;
    do {
      count = socket.receive(batch);
      for (let i = 0; i < count; i++) {
        const at = i * batch.slotBytes + 2;
        batch.bytes[at] = (batch.bytes[at] ?? 0) | 0x80;
      }
      if (count > 0) socket.send(batch, 0, count);
    } while (count === batch.size);
  },
  onWritable() {},
  onError(error) {
    throw error;
  },
});
process.stderr.write('listening\n');
