/** Reads the head of an HTTP response (RFC 9112) as it arrives, and of it only what an online check asks for. */
import { err, ok, type Result } from '@connman/base';

export interface ResponseHead {
  /** 200 .. 599. */
  readonly status: number;
  /** Where a redirect leads; undefined if the header is not there. */
  readonly location: string | undefined;
  /** Whether there is a header X-ConnMan-Status, as ConnMan's own server sends it. */
  readonly hasConnmanStatus: boolean;
}

const maxHeadBytes = 16 * 1024;
const lineFeed = 0x0a;

export class HeadReader {
  private readonly bytes = new Uint8Array(maxHeadBytes);
  private length = 0;
  /** Start of the line that is not complete yet. */
  private lineStart = 0;
  private scanned = 0;
  private status = 0;
  private location: string | undefined;
  private hasConnmanStatus = false;

  /** The head, once it is complete, or what is wrong with it; undefined while more is to come. Not to be called after. */
  push(chunk: Uint8Array): Result<ResponseHead, string> | undefined {
    const taken = chunk.subarray(0, maxHeadBytes - this.length);
    this.bytes.set(taken, this.length);
    this.length += taken.length;
    for (; this.scanned < this.length; this.scanned++) {
      if (this.bytes[this.scanned] !== lineFeed) continue;
      const line = Buffer.from(this.bytes.buffer, this.lineStart, this.scanned - this.lineStart)
        .toString('utf8')
        .replace(/\r$/, '');
      this.lineStart = this.scanned + 1;
      const result = this.line(line);
      if (result) return result;
    }
    return this.length === maxHeadBytes ? err(`more than ${maxHeadBytes} bytes of header`) : undefined;
  }

  private line(line: string): Result<ResponseHead, string> | undefined {
    if (this.status === 0) return this.statusLine(line);
    if (line === '') return this.endOfHead();
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (name === 'location') this.location ??= line.slice(colon + 1).trim();
    else if (name === 'x-connman-status') this.hasConnmanStatus = true;
    return undefined;
  }

  private statusLine(line: string): Result<ResponseHead, string> | undefined {
    const status = Number(/^HTTP\/1\.\d ([1-5]\d\d)(?: |$)/.exec(line)?.[1]);
    if (!status) return err('not an HTTP response');
    this.status = status;
    return undefined;
  }

  private endOfHead(): Result<ResponseHead, string> | undefined {
    const { status, location, hasConnmanStatus } = this;
    if (status >= 200) return ok({ status, location, hasConnmanStatus });
    // An interim response (RFC 9110 section 15.2): the real one follows.
    this.status = 0;
    this.location = undefined;
    this.hasConnmanStatus = false;
    return undefined;
  }
}
