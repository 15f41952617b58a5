/** How a call of a client ended. */
import type { ConnmanErrorName } from '@connman/contracts';

/** How a call ended: done, or one of the bus's errors, with a reason behind its text; Failed comes with a text of its own. */
export type Outcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: Refusal; readonly reason?: string }
  | { readonly ok: false; readonly error: 'Failed'; readonly text: string };

/** An error whose text the table has. */
export type Refusal = Exclude<ConnmanErrorName, 'Failed'>;
