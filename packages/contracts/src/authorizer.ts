/**
 * Who may change things: the bus policy file has decided before a call arrives here; where polkit runs or can be started, it
 * decides as well. Where it does not exist the bus policy stands alone.
 */
import type { Logger } from '@connman/base';
import { type Bus, BusError, busErrorName, type MethodCall, str } from '@connman/dbus';
import { connmanError } from './errors';
import {
  type PolkitAction,
  polkitAllowInteraction,
  polkitAuthorityInterface,
  polkitBusName,
  polkitPath,
} from './polkit';

export interface Authorizer {
  /** Whether the client with this unique name may do it; at once where no one has to be asked. */
  allows(sender: string, action: PolkitAction): true | Promise<boolean>;
}

/** The handlers of an interface, of which those named run for callers that may do it; the others get PermissionDenied. */
export function guarded<H extends object>(
  handlers: H,
  names: readonly (keyof H)[],
  allows: (sender: string) => true | Promise<boolean>,
): H {
  const guards = names.map((name) => {
    const handler = handlers[name] as (args: unknown, call: MethodCall) => unknown;
    const guard = (args: unknown, call: MethodCall): unknown => {
      const allowed = allows(call.sender);
      if (allowed === true) return handler(args, call);
      return allowed.then((yes) => {
        if (!yes) throw connmanError('PermissionDenied');
        return handler(args, call);
      });
    };
    return [name, guard] as const;
  });
  return { ...handlers, ...Object.fromEntries(guards) };
}

/** Long enough for a person to type a password. */
const answerTimeoutMs = 120_000;

const notInstalled = new Set<string>([busErrorName.serviceUnknown, busErrorName.nameHasNoOwner]);

export class PolkitAuthorizer implements Authorizer {
  private readonly bus: Bus;
  private readonly log: Logger;
  /** polkit is neither running nor startable, until its name has an owner. */
  private absent = false;

  constructor(bus: Bus, log: Logger) {
    this.bus = bus;
    this.log = log;
  }

  allows(sender: string, action: PolkitAction): true | Promise<boolean> {
    return this.absent || this.ask(sender, action);
  }

  private async ask(sender: string, action: PolkitAction): Promise<boolean> {
    const authority = this.bus.object(polkitAuthorityInterface, { name: polkitBusName, path: polkitPath });
    const subject = ['system-bus-name', new Map([['name', str(sender)]])] as const;
    try {
      const [authorized] = await authority.call(
        'CheckAuthorization',
        [subject, action, new Map(), polkitAllowInteraction, ''],
        { timeoutMs: answerTimeoutMs },
      );
      return authorized;
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      if (notInstalled.has(error.errorName)) {
        this.waitForPolkit();
        return true;
      }
      // polkit has no error name for it. Without the policy file no one has asked for its decision.
      if (error.message.endsWith(`${action} is not registered`)) {
        this.log.info(`polkit does not know ${action} (net.connman.policy is not installed); the bus policy decides`);
        this.absent = true;
        return true;
      }
      this.log.warning(`polkit did not decide ${action} for ${sender}: ${error.message}; refused`);
      return false;
    }
  }

  private waitForPolkit(): void {
    if (this.absent) return;
    this.absent = true;
    const end = this.bus.watchOwner(polkitBusName, (owner) => {
      if (owner === undefined) return;
      this.absent = false;
      end();
    });
  }
}
