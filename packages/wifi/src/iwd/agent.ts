/** Our agent on the bus: iwd asks it for what it does not keep, and the device that joins the network answers. */
import { type Bus, type BusError, type Exported, type MethodCall, replyLater } from '@connman/dbus';
import { agentInterface, agentManagerInterface, agentPath, iwdBusName, iwdRoot } from './bus-interfaces';
import type { AgentQuestion } from './messages';

const canceled = 'net.connman.iwd.Agent.Error.Canceled';

export class IwdAgent {
  private readonly bus: Bus;
  private readonly exported: Exported<typeof agentInterface>;
  private readonly calls = new Map<number, MethodCall>();
  private requests = 0;

  /** @param ask hands the question on; `answer` is to be called for its number. */
  constructor(bus: Bus, ask: (network: string, what: AgentQuestion, request: number) => void) {
    this.bus = bus;
    const later = (network: string, what: AgentQuestion, call: MethodCall): typeof replyLater => {
      const request = ++this.requests;
      this.calls.set(request, call);
      ask(network, what, request);
      return replyLater;
    };
    this.exported = bus.export(agentPath, agentInterface, {
      Release: () => {},
      RequestPassphrase: ([network], call) => later(network, 'passphrase', call),
      RequestPrivateKeyPassphrase: ([network], call) => later(network, 'key-passphrase', call),
      RequestUserNameAndPassword: ([network], call) => later(network, 'user-password', call),
      RequestUserPassword: ([network], call) => later(network, 'password', call),
      Cancel: () => this.calls.clear(),
    });
  }

  /** Rejects with BusError. */
  async register(): Promise<void> {
    const manager = this.bus.object(agentManagerInterface, { name: iwdBusName, path: iwdRoot });
    try {
      await manager.call('RegisterAgent', [agentPath], { autoStart: false, timeoutMs: 8000 });
    } catch (error) {
      // An earlier call got through, and its answer came too late.
      if (!(error as BusError).errorName?.endsWith('.AlreadyExists')) throw error;
    }
  }

  /** Answers a request; without texts it is canceled. */
  answer(request: number, texts: readonly string[] | undefined): void {
    const call = this.calls.get(request);
    this.calls.delete(request);
    if (!call) return;
    if (!texts) call.error(canceled, 'no credentials for this network');
    else call.finish(texts.length === 1 ? texts[0] : texts);
  }

  close(): void {
    this.exported.unexport();
  }
}
