/** How a call of a client ended. */
import type { ConnmanErrorName } from '@connman/contracts';

/** How a call ended: done, or one of the bus's errors; Failed comes with a text of its own. */
export type Outcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: Refusal }
  | { readonly ok: false; readonly error: 'Failed'; readonly text: string };

/** An error whose text the table has. */
export type Refusal = Exclude<ConnmanErrorName, 'Failed'>;
