/** The Rfkill port on /dev/rfkill: eight-byte events for each switch (struct rfkill_event, linux/rfkill.h). */
import type { RadioBlock, RadioType, Rfkill } from '@connman/ports';
import { addon } from './addon';
import { EAGAIN, must } from './calls';
import { Descriptor, READABLE } from './descriptor';
import { littleEndian } from './sockaddr';

const O_WRONLY = 1;
const O_NONBLOCK_CLOEXEC = 0o2004000;
const EVENT_BYTES = 8;
/** Kernels since 5.11 may send a ninth byte. */
const BUFFER_BYTES = 16;

const operation = { add: 0, remove: 1, change: 2, changeAll: 3 } as const;
const typeNumber: Record<RadioType, number> = { wlan: 1, bluetooth: 2, wwan: 5 };

export function createRfkill(device = '/dev/rfkill'): Rfkill {
  return {
    watch: (type, listener) => new Switches(device, typeNumber[type], listener).close,
    block(type, blocked) {
      const native = addon();
      const fd = must(native.open(device, O_WRONLY | O_NONBLOCK_CLOEXEC, 0), 'open', device);
      // index, type, operation, soft, hard
      const event = Uint8Array.of(0, 0, 0, 0, typeNumber[type], operation.changeAll, blocked ? 1 : 0, 0);
      const written = native.write(fd, event);
      native.close(fd);
      must(written, 'write', device);
    },
  };
}

class Switches {
  private readonly type: number;
  private readonly listener: (block: RadioBlock) => void;
  private readonly descriptor: Descriptor;
  private readonly all = new Map<number, RadioBlock>();
  private told = '';

  constructor(device: string, type: number, listener: (block: RadioBlock) => void) {
    this.type = type;
    this.listener = listener;
    const fd = must(addon().open(device, O_NONBLOCK_CLOEXEC, 0), 'open', device);
    // What exists already is waiting to be read.
    this.descriptor = new Descriptor(fd, READABLE, device, () => this.read());
    this.descriptor.keepAlive(false);
  }

  readonly close = (): void => this.descriptor.close();

  private read(): void {
    const event = new Uint8Array(BUFFER_BYTES);
    for (;;) {
      const length = this.descriptor.isOpen ? addon().read(this.descriptor.fd, event) : -EAGAIN;
      if (length < EVENT_BYTES) {
        if (length !== -EAGAIN && length < 0) this.descriptor.close();
        break;
      }
      const view = new DataView(event.buffer);
      const index = view.getUint32(0, littleEndian);
      if (event[4] !== this.type) continue;
      if (event[5] === operation.remove) this.all.delete(index);
      else this.all.set(index, { soft: event[6] !== 0, hard: event[7] !== 0 });
    }
    const switches = [...this.all.values()];
    const block: RadioBlock = {
      soft: switches.length > 0 && switches.every((one) => one.soft),
      hard: switches.length > 0 && switches.every((one) => one.hard),
    };
    const text = `${block.soft} ${block.hard}`;
    if (text === this.told) return;
    this.told = text;
    this.listener(block);
  }
}
