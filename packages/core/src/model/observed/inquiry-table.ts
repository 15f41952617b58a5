/** Which prefixes a link's router still has is being asked: by ifindex, and when the answers are looked at. */
import type { Instant } from '@connman/base';
import { Table } from '../table/table';

export interface PrefixInquiry {
  readonly askedAt: Instant;
  /** Absent once the answer was looked at: the next inquiry follows an advertisement that comes by itself. */
  readonly judgeAt?: Instant;
}

export class InquiryTable extends Table<number, PrefixInquiry> {
  readonly moments = this.agendaBy(({ judgeAt }) => judgeAt);
}
