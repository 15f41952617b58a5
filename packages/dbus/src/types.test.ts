import type { Handlers, InterfaceSpec, MethodCall } from './index';
import { defineInterface, selectMembers } from './interface';
import type { AnswerOf, ArgsOf, ValueOf } from './types';
import type { Variant } from './variant';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Assignable<From, To> = [From] extends [To] ? true : false;

/** The assertion is the type: this compiles or it does not. */
function holds<T extends true>(value: T): void {
  expect(value).toBe(true);
}

test('the compiler reads signatures', () => {
  holds<Equal<ValueOf<'s'>, string>>(true);
  holds<Equal<ValueOf<'t'>, bigint>>(true);
  holds<Equal<ValueOf<'ay'>, Uint8Array>>(true);
  holds<Equal<ValueOf<'a(oa{sv})'>, [string, Map<string, Variant>][]>>(true);
  holds<Equal<ValueOf<'a{u(sb)}'>, Map<number, [string, boolean]>>>(true);
  holds<Equal<ValueOf<'a{s}'>, never>>(true);
  holds<Equal<ValueOf<'ss'>, never>>(true);
  holds<Equal<ValueOf<string>, unknown>>(true);
  holds<Equal<ArgsOf<'o path, a{sv} settings, h socket'>, [string, Map<string, Variant>, number]>>(true);
  holds<Equal<ArgsOf<''>, []>>(true);
  holds<Equal<AnswerOf<'', 'read'>, void>>(true);
  holds<Equal<AnswerOf<'as names', 'read'>, string[]>>(true);
  holds<Assignable<{ a: Variant }, ValueOf<'a{sv}', 'write'>>>(true);
  holds<Equal<Assignable<Record<string, Variant>, ValueOf<'a{uv}', 'write'>>, false>>(true);
});

const lamp = defineInterface({
  name: 'org.example.Lamp',
  methods: { Dim: { in: 'u percent', out: 's state' }, Off: { in: '', out: '' } },
  signals: { Dimmed: 'u percent' },
});

test('a handler that does not fit its table does not compile', () => {
  type LampHandlers = Handlers<typeof lamp>;
  holds<Assignable<(args: [number]) => string, LampHandlers['Dim']>>(true);
  holds<Assignable<(args: [number]) => Promise<string>, LampHandlers['Dim']>>(true);
  holds<Equal<Assignable<(args: [string]) => string, LampHandlers['Dim']>, false>>(true);
  holds<Equal<Assignable<(args: [number]) => number, LampHandlers['Dim']>, false>>(true);
  holds<Equal<Assignable<{ Off: () => void }, LampHandlers>, false>>(true);
  holds<Equal<Parameters<MethodCall<'u a, s b'>['reply']>, [value: readonly [number, string]]>>(true);
  holds<Equal<Parameters<MethodCall<''>['reply']>, []>>(true);
});

test('a selection has the chosen members only', () => {
  const less = selectMembers(lamp, { methods: ['Off'] });
  expect(less).toEqual({ name: 'org.example.Lamp', methods: { Off: { in: '', out: '' } }, signals: {} });
  holds<Equal<keyof typeof less.methods, 'Off'>>(true);
  holds<Assignable<typeof less, InterfaceSpec>>(true);
});
