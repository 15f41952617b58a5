/**
 * Requests to the kernel and their answers, one after the other on a socket of their own.
 *
 * The kernel works on a request while it is being sent and has queued its answer when `send` returns, so an exchange is
 * a plain function call: no callback, no state between two of them, nothing that could time out.
 */
import { err, OsError, ok, type Result } from '@connman/base';
import type { NetlinkPort, NetlinkSocket } from '@connman/ports';
import { type Acknowledgement, decodeDone, decodeError } from './acknowledgement';
import type { ChangeRequest, DumpRequest } from './request';
import {
  aligned,
  HEADER_BYTES,
  MessageReader,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_MIN_TYPE,
  putMessage,
  type Skimmer,
} from './wire';

const EINTR = 4;
const EIO = 5;
const ENOBUFS = 105;

/** Answers of more requests than these could overrun the socket's buffer before the first one is read. */
const MAX_REQUESTS_PER_DATAGRAM = 64;
/** A dump that was interrupted as often as this will be so the next time too: the table changes without a pause. */
const MAX_DUMP_ATTEMPTS = 16;

/** What one exchange has been answered so far, by sequence number minus `first`. */
interface Pending {
  readonly first: number;
  readonly acknowledgements: (Acknowledgement | undefined)[];
  readonly onEntry?: (message: MessageReader) => void;
  readonly skim?: Skimmer;
  interrupted: boolean;
  failure?: OsError;
}

export class Exchange {
  private readonly socket: NetlinkSocket;
  private pending: Pending | undefined;
  private sequence = 0;

  /** Throws OsError when there is no netlink socket to be had. */
  constructor(port: NetlinkPort, protocol: number) {
    this.socket = port.open({
      protocol,
      groups: [],
      strictDumps: true,
      onDatagram: (bytes) => this.receive(bytes),
      onOverrun: () => this.fail(new OsError('recv', ENOBUFS, 'netlink request')),
      onError: (error) => this.fail(error),
    });
  }

  close(): void {
    this.socket.close();
  }

  /** Carries out the requests in their order, in as few datagrams as possible; each has its own result. */
  change(requests: readonly ChangeRequest[]): Result<void, OsError>[] {
    const results: Result<void, OsError>[] = [];
    for (let from = 0; from < requests.length; from += MAX_REQUESTS_PER_DATAGRAM) {
      const part = requests.slice(from, from + MAX_REQUESTS_PER_DATAGRAM);
      const messages = part.map(({ type, flags, body }) => ({ type, flags: flags | NLM_F_REQUEST | NLM_F_ACK, body }));
      const pending = this.perform(messages);
      part.forEach((request, i) => {
        results.push(resultOf(request.call, request.object, pending.acknowledgements[i], pending.failure));
      });
    }
    return results;
  }

  /**
   * All of the requests or none, in one datagram between two messages that say so (the batches of nfnetlink). What fails first is
   * the result.
   */
  transaction(begin: ChangeRequest, requests: readonly ChangeRequest[], end: ChangeRequest): Result<void, OsError> {
    const all = [begin, ...requests, end];
    const pending = this.perform(
      all.map(({ type, flags, body }, i) => {
        const isEdge = i === 0 || i === all.length - 1;
        return { type, flags: flags | NLM_F_REQUEST | (isEdge ? 0 : NLM_F_ACK), body };
      }),
    );
    // Of the edges nothing is heard unless they are refused.
    const refused = pending.acknowledgements.findIndex((one) => one !== undefined && one.errno !== 0);
    const silent = pending.acknowledgements.findIndex((one, i) => one === undefined && i > 0 && i < all.length - 1);
    const first = refused >= 0 ? refused : silent;
    const request = all[first];
    if (!request) return ok(undefined);
    return resultOf(request.call, request.object, pending.acknowledgements[first], pending.failure);
  }

  /**
   * Each entry of the table in turn; `onStart` comes before the first one, and again whenever the dump starts again.
   * What `skim` passes over must be entries, and not say that the dump was interrupted.
   */
  dump(
    request: DumpRequest,
    onStart: () => void,
    onEntry: (message: MessageReader) => void,
    skim?: Skimmer,
  ): Result<void, OsError> {
    const { type, body, object } = request;
    for (let attempt = 0; attempt < MAX_DUMP_ATTEMPTS; attempt++) {
      onStart();
      const pending = this.perform([{ type, flags: NLM_F_REQUEST | NLM_F_DUMP, body }], onEntry, skim);
      const result = resultOf('dump', object, pending.acknowledgements[0], pending.failure);
      if (!result.ok || !pending.interrupted) return result;
    }
    return err(new OsError('dump', EINTR, object, `it changed during each of ${MAX_DUMP_ATTEMPTS} dumps`));
  }

  /** One request that is answered with messages and an acknowledgement, not with a table. */
  query(request: ChangeRequest, onEntry: (message: MessageReader) => void): Result<void, OsError> {
    const { type, flags, body, call, object } = request;
    const pending = this.perform([{ type, flags: flags | NLM_F_REQUEST | NLM_F_ACK, body }], onEntry);
    return resultOf(call, object, pending.acknowledgements[0], pending.failure);
  }

  private perform(
    messages: readonly { type: number; flags: number; body: Uint8Array }[],
    onEntry?: (message: MessageReader) => void,
    skim?: Skimmer,
  ): Pending {
    const first = this.sequence + 1;
    this.sequence = (this.sequence + messages.length) % 0x7fffffff;
    const pending: Pending = {
      first,
      acknowledgements: new Array(messages.length).fill(undefined),
      interrupted: false,
      ...(onEntry && { onEntry }),
      ...(skim && { skim }),
    };
    const size = messages.reduce((sum, { body }) => sum + HEADER_BYTES + aligned(body.length), 0);
    const datagram = new Uint8Array(size);
    let at = 0;
    messages.forEach(({ type, flags, body }, i) => {
      at = putMessage(datagram, at, { type, flags, sequence: first + i }, body);
    });
    this.pending = pending;
    try {
      this.socket.send(datagram);
      this.socket.drain();
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      pending.failure = error;
    } finally {
      this.pending = undefined;
    }
    return pending;
  }

  private fail(error: OsError): void {
    if (this.pending) this.pending.failure ??= error;
  }

  private receive(datagram: Uint8Array): void {
    const message = new MessageReader(datagram, this.pending?.skim);
    while (message.next()) {
      const { pending } = this;
      // The rest of an answer no one waits for any more.
      if (!pending) return;
      const index = message.sequence - pending.first;
      if (index < 0 || index >= pending.acknowledgements.length) continue;
      if (message.flags & NLM_F_DUMP_INTR && message.type !== NLMSG_ERROR) pending.interrupted = true;
      const { bytes, flags, start, end } = message;
      if (message.type === NLMSG_ERROR) pending.acknowledgements[index] = decodeError(bytes, flags, start, end);
      else if (message.type === NLMSG_DONE) pending.acknowledgements[index] = decodeDone(bytes, flags, start, end);
      else if (message.type >= NLMSG_MIN_TYPE) pending.onEntry?.(message);
    }
  }
}

function resultOf(
  call: string,
  object: string,
  acknowledgement: Acknowledgement | undefined,
  failure: OsError | undefined,
): Result<void, OsError> {
  if (acknowledgement?.errno === 0) return ok(undefined);
  if (acknowledgement) return err(new OsError(call, acknowledgement.errno, object, acknowledgement.message));
  if (failure) return err(new OsError(call, failure.errno, object, failure.call));
  return err(new OsError(call, EIO, object, 'the kernel gave no answer'));
}
