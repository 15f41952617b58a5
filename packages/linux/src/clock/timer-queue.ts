/** Timers by their moment: the earliest first, those of one moment in the order they were set. A binary heap. */

export interface Timer {
  readonly at: number;
  readonly callback: () => void;
  /** Its place in the heap; -1 when it is not in it. */
  index: number;
  readonly order: number;
}

export class TimerQueue {
  private readonly heap: Timer[] = [];
  private orders = 0;

  get first(): Timer | undefined {
    return this.heap[0];
  }

  add(at: number, callback: () => void): Timer {
    const timer: Timer = { at, callback, index: this.heap.length, order: this.orders++ };
    this.heap.push(timer);
    this.up(timer);
    return timer;
  }

  /** Fine if it is not in the queue any more. */
  remove(timer: Timer): void {
    const { index } = timer;
    if (index < 0) return;
    timer.index = -1;
    const last = this.heap.pop();
    if (last === undefined || last === timer) return;
    this.place(last, index);
    this.up(last);
    this.down(last);
  }

  private place(timer: Timer, index: number): void {
    this.heap[index] = timer;
    timer.index = index;
  }

  private up(timer: Timer): void {
    for (;;) {
      const { index } = timer;
      const parent = index > 0 ? this.heap[(index - 1) >> 1] : undefined;
      if (!parent || isBefore(parent, timer)) return;
      this.place(timer, parent.index);
      this.place(parent, index);
    }
  }

  private down(timer: Timer): void {
    for (;;) {
      const { index } = timer;
      const left = this.heap[2 * index + 1];
      const right = this.heap[2 * index + 2];
      const child = left && right && isBefore(right, left) ? right : left;
      if (!child || isBefore(timer, child)) return;
      this.place(timer, child.index);
      this.place(child, index);
    }
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
