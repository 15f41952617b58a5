/**
 * One UDP address: datagrams in by the batch, what the cache knows out again in the same turn, everything else later. Its
 * buffers are made once; answering from the cache allocates nothing.
 */
import type { OsError } from '@connman/base';
import { type Family, type IpAddress, ipv4FromBytes, ipv6FromBytes } from '@connman/inet';
import {
  type BatchPort,
  type BatchSocket,
  batchAddressBytes,
  createDatagramBatch,
  type DatagramBatch,
} from '@connman/ports';
import { Query, readQuery, Verdict } from '../message/query';
import type { AnswerWriter, Client, Front } from './front';

/** A longer question is none: 255 octets of name and an OPT record with padding (RFC 8467) stay far below. */
const questionBytes = 1024;
/** The largest answer over UDP, whatever a client says it takes. */
const maxUdpAnswer = 4096;
/** Batches in one turn of the event loop, so that a flood of questions leaves time for the rest of the program. */
const batchesPerTurn = 8;
/** For the questions of a burst, or of the time the machine gave to others: some 10,000. Costs nothing while they do not come. */
const receiveBufferBytes = 4 << 20;
const addressWords = batchAddressBytes / 4;

export interface UdpListenerOptions {
  readonly address: IpAddress;
  readonly family: Family;
  readonly port: number;
  readonly interfaceName: string;
}

export class UdpListener {
  readonly options: UdpListenerOptions;
  /** Answers the kernel did not take, since the start. */
  unsent = 0;
  private readonly front: Front;
  private readonly socket: BatchSocket;
  private readonly questions: DatagramBatch;
  private readonly answers: DatagramBatch;
  /** Answers to questions of earlier turns wait here for `flush`. */
  private readonly late: DatagramBatch;
  private lateCount = 0;
  private readonly questionAddresses: Int32Array;
  private readonly answerAddresses: Int32Array;
  private readonly query = new Query();

  /** Throws OsError when the address or the port cannot be had. */
  constructor(port: BatchPort, options: UdpListenerOptions, front: Front, onError: (error: OsError) => void) {
    this.options = options;
    this.front = front;
    this.questions = createDatagramBatch(questionBytes);
    this.answers = createDatagramBatch(maxUdpAnswer);
    this.late = createDatagramBatch(maxUdpAnswer);
    this.questionAddresses = new Int32Array(this.questions.addresses.buffer);
    this.answerAddresses = new Int32Array(this.answers.addresses.buffer);
    this.socket = port.openBatch({
      family: options.family,
      localAddress: options.address,
      localPort: options.port,
      receiveBufferBytes,
      ...(options.interfaceName === '' ? {} : { interfaceName: options.interfaceName }),
      onReadable: () => this.readable(),
      // Answers are never kept for a socket that is full: the client will ask again.
      onWritable: () => {},
      onError,
    });
  }

  private readable(): void {
    const { questions, answers, query, front, socket } = this;
    for (let turn = 0; turn < batchesPerTurn; turn++) {
      const received = socket.receive(questions);
      if (received === 0) break;
      front.startBatch();
      let filled = 0;
      for (let i = 0; i < received; i++) {
        const length = questions.lengths[i] as number;
        if (length > questionBytes) continue;
        const start = i * questionBytes;
        const verdict = readQuery(questions.bytes, start, start + length, front.seed, query);
        if (verdict === Verdict.DROP) continue;
        const limit = query.udpSize < maxUdpAnswer ? query.udpSize : maxUdpAnswer;
        const answerLength = front.answerNow(query, verdict, limit, answers.bytes, filled * maxUdpAnswer);
        if (answerLength === 0) {
          front.answerLater(
            query,
            new UdpClient(this, questions.addresses.slice(i * batchAddressBytes, (i + 1) * batchAddressBytes)),
          );
          continue;
        }
        answers.lengths[filled] = answerLength;
        const from = i * addressWords;
        const to = filled * addressWords;
        for (let w = 0; w < addressWords; w++)
          this.answerAddresses[to + w] = this.questionAddresses[from + w] as number;
        filled++;
      }
      if (filled > 0) this.unsent += filled - socket.send(answers, 0, filled);
      front.endBatch();
      if (received < questions.size) break;
    }
  }

  /** Puts an answer to a question of an earlier turn into the batch that is sent at the end of this one. */
  reply(address: Uint8Array, write: AnswerWriter, limit: number): void {
    if (this.lateCount === this.late.size) this.flush();
    if (this.lateCount === 0) queueMicrotask(() => this.flush());
    const at = this.lateCount;
    this.late.lengths[at] = write(this.late.bytes, at * maxUdpAnswer, limit);
    this.late.addresses.set(address, at * batchAddressBytes);
    this.lateCount++;
  }

  /** Sends what waits; by itself at the end of the turn, earlier if called. */
  flush(): void {
    if (this.lateCount === 0) return;
    this.unsent += this.lateCount - this.socket.send(this.late, 0, this.lateCount);
    this.lateCount = 0;
  }

  close(): void {
    this.socket.close();
  }
}

class UdpClient implements Client {
  private readonly listener: UdpListener;
  private readonly peer: Uint8Array;

  constructor(listener: UdpListener, peer: Uint8Array) {
    this.listener = listener;
    this.peer = peer;
  }

  get quota(): string {
    const { interfaceName, family } = this.listener.options;
    if (interfaceName === '') return '';
    return family === 4 ? ipv4FromBytes(this.peer, 4) : ipv6FromBytes(this.peer, 8);
  }

  reply(query: Query, write: AnswerWriter): void {
    this.listener.reply(this.peer, write, Math.min(query.udpSize, maxUdpAnswer));
  }
}
