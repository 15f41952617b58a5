/**
 * Calls of clients that the engine answers: each becomes an intent under an operation number, which stands for the call until
 * the outcome is there. A caller without permission is refused before the engine hears of it.
 */
import { type Authorizer, connmanError } from '@connman/contracts';
import { BusError, type MethodCall, replyLater } from '@connman/dbus';
import type { Happening, Intent } from '../../events';
import type { AgentInput } from '../../model/agent/agent-registry';
import type { Outcome } from '../../model/outcome';

export interface CallsOptions {
  readonly authorizer: Authorizer;
  readonly dispatch: (happening: Happening) => void;
}

/** What a caller gets. */
export interface LateResult {
  readonly made: () => unknown;
  /** It gets an error instead. */
  readonly dropped?: () => void;
}

export class Calls {
  private readonly options: CallsOptions;
  private readonly waiting = new Map<number, { readonly call: MethodCall; readonly result: LateResult }>();
  private lastOperation = 0;

  constructor(options: CallsOptions) {
    this.options = options;
  }

  /** Hands the engine an intent of the caller's, who gets `result` when it is carried out. */
  ask(call: MethodCall, intent: Intent, result?: unknown): typeof replyLater {
    return this.ifAllowed(call, () =>
      this.forward(call, (operation) => ({ kind: 'intent', operation, intent, sender: call.sender }), {
        made: () => result,
      }),
    );
  }

  /** An intent that no client waits for. */
  tell(intent: Intent): void {
    this.options.dispatch({ kind: 'intent', operation: ++this.lastOperation, intent });
  }

  /** Does what the engine need not know of. */
  permit(call: MethodCall<''>, action: () => void): typeof replyLater {
    return this.ifAllowed(call, () => {
      action();
      call.reply();
    });
  }

  private ifAllowed(call: MethodCall, action: () => void): typeof replyLater {
    const allowed = this.options.authorizer.allows(call.sender, 'net.connman.modify');
    if (allowed === true) action();
    else allowed.then((yes) => (yes ? action() : refuse(call, connmanError('PermissionDenied'))));
    return replyLater;
  }

  /** Settles if the caller may change things; rejects with PermissionDenied. */
  async mayChange(call: MethodCall): Promise<void> {
    if (!(await this.options.authorizer.allows(call.sender, 'net.connman.modify'))) {
      throw connmanError('PermissionDenied');
    }
  }

  /** Hands the engine what the caller says of its agent; anybody who may talk to the daemon may have one. */
  register(
    call: MethodCall<''>,
    input: (operation: number) => AgentInput & { kind: 'register' | 'unregister' },
  ): typeof replyLater {
    this.forward(call, (operation) => ({ kind: 'agent', input: input(operation) }));
    return replyLater;
  }

  /** As `ask`, of a caller who may change things; what it gets is known when the intent is carried out. */
  askFor(call: MethodCall, intent: Intent, result: LateResult): typeof replyLater {
    this.forward(call, (operation) => ({ kind: 'intent', operation, intent, sender: call.sender }), result);
    return replyLater;
  }

  private forward(
    call: MethodCall,
    happening: (operation: number) => Happening,
    result: LateResult = { made: () => undefined },
  ): void {
    const operation = ++this.lastOperation;
    this.waiting.set(operation, { call, result });
    this.options.dispatch(happening(operation));
  }

  /** The outcome of an operation, for the call that waits for it. */
  answer(operation: number, outcome: Outcome): void {
    const { call, result } = this.waiting.get(operation) ?? {};
    this.waiting.delete(operation);
    if (!call || !result) return;
    if (outcome.ok) return void call.finish(result.made());
    result.dropped?.();
    refuse(call, errorOf(outcome));
  }
}

export function errorOf(outcome: Outcome & { readonly ok: false }): BusError {
  if (outcome.error === 'Failed') return new BusError('net.connman.Error.Failed', outcome.text);
  return connmanError(outcome.error, outcome.reason);
}

function refuse(call: MethodCall, { errorName, message }: BusError): void {
  call.error(errorName, message);
}
