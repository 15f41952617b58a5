/** Requests as values: what is asked of the kernel, and how a failure of it is called. */

/** One change of a link, an address, a route or a rule; made by the functions beside each codec, sent by a RouteSocket. */
export interface ChangeRequest {
  /** RTM_ number. */
  readonly type: number;
  /** NLM_F_ bits beyond REQUEST and ACK. */
  readonly flags: number;
  readonly body: Uint8Array;
  /** For the OsError: what is done, 'adding the address'. */
  readonly call: string;
  /** For the OsError: to what, 'link 3: 192.0.2.1/24'. */
  readonly object: string;
}

/** A request for a whole table, or for the part of it that its fixed header and attributes describe. */
export interface DumpRequest {
  readonly type: number;
  readonly body: Uint8Array;
  readonly object: string;
}
