/** Hands over in one go what comes in within one wake-up of the program: a turn for a thousand links costs as much as for one. */
export function gather<T>(
  soon: (callback: () => void) => void,
  handOver: (all: readonly T[]) => void,
): (one: T) => void {
  let waiting: T[] = [];
  return (one) => {
    waiting.push(one);
    if (waiting.length > 1) return;
    soon(() => {
      const all = waiting;
      waiting = [];
      handOver(all);
    });
  };
}
