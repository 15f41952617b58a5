/**
 * Calls that could not be handled at once, shared out fairly: each sender's are kept in order, the senders take turns. A
 * sender that has too many waiting is refused, so that a flood costs its own author and no one else.
 */
import type { Message } from './message';

export interface QueueLimits {
  /** Most calls of one sender that wait. */
  readonly callsPerSender: number;
  /** Most bytes of one sender's calls that wait. */
  readonly bytesPerSender: number;
  /** Most bytes that wait in all. */
  readonly queuedCallBytes: number;
}

interface Waiting {
  readonly messages: Message[];
  bytes: number;
}

export class CallQueue {
  private readonly limits: QueueLimits;
  /** By sender; whose turn is next comes first. */
  private readonly senders = new Map<string, Waiting>();
  private bytes = 0;

  constructor(limits: QueueLimits) {
    this.limits = limits;
  }

  get isEmpty(): boolean {
    return this.senders.size === 0;
  }

  /** Keeps a call for later; false if its sender has too many waiting. Copies the body, which lies in a reused buffer. */
  offer(message: Message): boolean {
    const { limits } = this;
    const size = message.body.length;
    const waiting = this.senders.get(message.sender) ?? { messages: [], bytes: 0 };
    const fits =
      waiting.messages.length < limits.callsPerSender &&
      waiting.bytes + size <= limits.bytesPerSender &&
      this.bytes + size <= limits.queuedCallBytes;
    if (!fits) return false;
    waiting.messages.push({ ...message, body: new Uint8Array(message.body) });
    waiting.bytes += size;
    this.bytes += size;
    this.senders.set(message.sender, waiting);
    return true;
  }

  /** The next sender's oldest call. */
  take(): Message | undefined {
    for (const [sender, waiting] of this.senders) {
      const message = waiting.messages.shift() as Message;
      waiting.bytes -= message.body.length;
      this.bytes -= message.body.length;
      this.senders.delete(sender);
      if (waiting.messages.length > 0) this.senders.set(sender, waiting);
      return message;
    }
    return undefined;
  }
}
