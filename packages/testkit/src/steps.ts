/**
 * How much work a function is, counted in steps and not in time, so that a test can tell n log n from n² on any machine.
 *
 * A step is a block of our packages that is run once (V8 counts them for code coverage), or an element that a built-in function
 * goes over. Index loops, callbacks and look-ups all count; what happens inside a regular expression, or a built-in that is not
 * listed here, does not.
 */
import { Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

// V8 counts in functions that it compiles from now on, and not each call of those it optimises.
setFlagsFromString('--no-opt');
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
afterAll(() => {
  session.post('Profiler.stopPreciseCoverage');
  session.disconnect();
  setFlagsFromString('--opt');
});

export function stepsOf(act: () => void): number {
  const scans = new Scans();
  blocksRun();
  try {
    act();
  } finally {
    scans.end();
  }
  return blocksRun() + scans.elements;
}

/** By what factor the steps grow as `count` grows fourfold: 4 is linear, up to 5 is n log n, 16 is quadratic. */
export function growthOf(count: number, actWith: (count: number) => () => void): number {
  const [few, many] = [actWith(count), actWith(4 * count)];
  const steps = stepsOf(few);
  return stepsOf(many) / steps;
}

type Method = (this: { readonly length: number }, ...given: unknown[]) => unknown;

/** The elements that built-in functions go over. */
class Scans {
  elements = 0;
  private readonly undo: (() => void)[] = [];

  constructor() {
    const whole = (length: number) => length;
    const one = () => 1;
    for (const name of ['includes', 'indexOf', 'lastIndexOf', 'join', 'unshift', 'reverse'])
      this.count(Array.prototype, name, whole);
    for (const name of ['slice', 'concat']) this.count(Array.prototype, name, (_, made) => lengthOf(made));
    this.count(Array.prototype, 'splice', (length, _, start) => length - Number(start));
    const ofTexts = ['includes', 'indexOf', 'lastIndexOf', 'split', 'replaceAll'];
    for (const name of ofTexts) this.count(String.prototype, name, whole);
    for (const iterable of [[], new Map(), new Set()])
      this.count(Object.getPrototypeOf(iterable[Symbol.iterator]()), 'next', one);
    for (const name of ['get', 'has', 'set', 'delete']) this.count(Map.prototype, name, one);
    for (const name of ['has', 'add', 'delete']) this.count(Set.prototype, name, one);
  }

  end(): void {
    for (const undo of this.undo) undo();
  }

  private count(
    prototype: object,
    name: string,
    cost: (length: number, made: unknown, first: unknown) => number,
  ): void {
    const scans = this;
    const methods = prototype as Record<string, Method>;
    const original = methods[name] as Method;
    methods[name] = function (...given) {
      const { length } = this;
      const made = original.apply(this, given);
      scans.elements += cost(length, made, given[0]);
      return made;
    };
    this.undo.push(() => {
      methods[name] = original;
    });
  }
}

function lengthOf(made: unknown): number {
  return Array.isArray(made) ? made.length : 0;
}

const counted = /\/packages\/[a-z]+\/(src|test)\//;
/** This file, and what stands in for the world. */
const leftOut = /\/packages\/testkit\/src\/(steps\.ts|fake-|scripted-)/;

/** Since the last call. */
function blocksRun(): number {
  let blocks = 0;
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error) throw error;
    for (const { url, functions } of result) {
      if (!counted.test(url) || leftOut.test(url)) continue;
      for (const { ranges } of functions) for (const { count } of ranges) blocks += count;
    }
  });
  return blocks;
}
