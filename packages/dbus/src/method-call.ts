/** One incoming call, as its handler sees it: who asks, and the ways to answer, now or later, once. */
import type { Arguments, InterfaceSpec } from './interface';
import { type Message, messageFlag } from './message';
import type { AnswerOf, ArgsOf } from './types';

/** A handler returns this when the answer comes later by `call.reply` or `call.error`. */
export const replyLater: unique symbol = Symbol('replyLater');

/** What carries an answer out: the object tree. */
export interface Answerer {
  answer(call: MethodCall, value: unknown): void;
  answerError(call: MethodCall, errorName: string, text: string): void;
}

type ReplyParameters<Out extends string> = string extends Out
  ? [value?: unknown]
  : ArgsOf<Out> extends []
    ? []
    : [value: AnswerOf<Out, 'write'>];

export class MethodCall<Out extends string = string> {
  /** The caller's unique name. */
  readonly sender: string;
  readonly serial: number;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly results: Arguments;
  /** The caller does not want an answer; giving one is harmless. */
  readonly noReply: boolean;
  private answerer: Answerer | undefined;
  declare readonly out: Out;

  constructor(message: Message, interfaceName: string, results: Arguments, answerer: Answerer) {
    this.sender = message.sender;
    this.serial = message.serial;
    this.path = message.path;
    this.interface = interfaceName;
    this.member = message.member;
    this.results = results;
    this.noReply = (message.flags & messageFlag.noReplyExpected) !== 0;
    this.answerer = answerer;
  }

  /** Answers; false if the call had been answered before. */
  reply(...value: ReplyParameters<Out>): boolean {
    return this.finish(value[0]);
  }

  /** As `reply`, for a value whose type is not known to the compiler. */
  finish(value: unknown): boolean {
    const { answerer } = this;
    this.answerer = undefined;
    answerer?.answer(this, value);
    return answerer !== undefined;
  }

  /** Answers with an error; false if the call had been answered before. */
  error(errorName: string, text: string): boolean {
    const { answerer } = this;
    this.answerer = undefined;
    answerer?.answerError(this, errorName, text);
    return answerer !== undefined;
  }
}

type Answer<Out extends string> = AnswerOf<Out, 'write'> | typeof replyLater;

/** One handler for each method of the interface. It may also throw BusError, or reject with it. */
export type Handlers<I extends InterfaceSpec> = {
  readonly [M in keyof I['methods']]: (
    args: ArgsOf<I['methods'][M]['in'], 'read'>,
    call: MethodCall<I['methods'][M]['out']>,
  ) => Answer<I['methods'][M]['out']> | Promise<Answer<I['methods'][M]['out']>>;
};
