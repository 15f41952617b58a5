/** What an apply would change in the kernel at this moment: the difference between what is wanted and what the kernel shows. Pure. */
import { plan } from '../../model/ipconfig/plan';
import { changeInWords } from '../../replay/in-words';
import type { World } from '../../world';

/** A word that stays, what is changed, and what keeps it from being done. */
export type PlannedChange = readonly [kind: string, text: string, status: string];

/** Empty where the kernel has all that is wanted. */
export function planOf({ desired, observed, adopted, pendingChanges, now }: World): readonly PlannedChange[] {
  const nameOf = (ifindex: number) => observed.links.get(ifindex)?.name ?? `link ${ifindex}`;
  return plan(desired, observed, adopted).map((change): PlannedChange => {
    const [, text = ''] = changeInWords(change, nameOf, now).split(/ (.*)/s);
    const waitMs = pendingChanges.waitOf(change, now);
    const status =
      waitMs === undefined
        ? 'to be sent'
        : waitMs === 0
          ? 'sent; the kernel does not show it yet'
          : `refused or undone before; again in ${Math.ceil(waitMs / 1000)} s`;
    return [change.kind, text, status];
  });
}
