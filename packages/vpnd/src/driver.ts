/**
 * The contract between the daemon and the drivers, one for each type of VPN. A driver brings a tunnel up and reports what it
 * is; addresses, routes and name servers are left to connmand, which reads them from the connection's properties.
 */
import type { Result, Secret } from '@connman/base';
import type { ProcessIdentity } from '@connman/ports';
import type { TunnelFacts, TunnelFailure } from './connection/tunnel';

export interface VpnDriver {
  /** As it stands in the property Type. */
  readonly type: string;
  /** As its makers write it. */
  readonly title: string;
  /** What its links are called, before their number. */
  readonly linkPrefix: string;
  /** Refused credentials in a row that are not shown to the user, unless AuthErrorLimit says otherwise (rule 184). */
  readonly authErrorLimit: number;
  /** Whether a setting belongs on disk, though no one asked for it. */
  stores(key: string): boolean;
  /** Whether it is a credential that an agent gives. On disk it is there because the user wanted it saved. */
  isSecret(key: string): boolean;
  /** Whether it can work on this machine; if not, what is missing and what to do. */
  available(): Result<void, string>;
  /** What is missing or wrong in the settings; undefined if they will do. */
  check(settings: ReadonlyMap<string, string>, host: string): string | undefined;
  /** Begins to connect. Everything further comes by the attempt's callbacks, never before this returns. */
  connect(attempt: Attempt): Tunnel;
  /** Takes over a tunnel of an earlier run of the daemon; undefined if it is not there any more. */
  resume?(attempt: Attempt, record: TunnelRecord): Tunnel | undefined;
}

export interface Attempt {
  readonly ident: string;
  readonly name: string;
  readonly host: string;
  readonly settings: ReadonlyMap<string, string>;
  /** A name for its link that no other tunnel of ours has. */
  readonly interfaceName: string;
  /** For its sockets and files, mode 0700; emptied when the tunnel is over. */
  readonly folder: string;
  /**
   * The fields' values: from the settings, or remembered from before, or from the user. Rejects with AgentRefusal. What the
   * user gave is remembered until the server refuses it.
   */
  ask(fields: readonly InputField[]): Promise<ReadonlyMap<string, Secret>>;
  /** The server refused what `ask` gave; asking again asks the user, who learns why, unless rule 184 has it tried once more. */
  onAuthError(reason: string): void;
  /** The tunnel works; said again when what it is has changed. */
  onUp(facts: TunnelFacts): void;
  /** It does not work now, and the driver goes on by itself. */
  onReconnecting(reason: string): void;
  /** The last word: it is over, by itself (`failure`) or because it was told to end. */
  onEnd(failure?: TunnelFailure): void;
}

/** A value that `ask` gives. A mandatory field that has none is asked of the user. */
export interface InputField {
  readonly name: string;
  readonly type: 'string' | 'password' | 'boolean';
  readonly requirement: 'mandatory' | 'optional' | 'informational' | 'control';
  readonly value?: string | boolean;
  /** The setting that it may be in, where that has another name. */
  readonly setting?: string;
  /** Good for one attempt: a one-time password. Neither remembered nor taken from the settings. */
  readonly once?: boolean;
}

export interface Tunnel {
  /** Ends it; `onEnd` follows. */
  disconnect(): void;
  /** Its server is reached by another link, or from another address, than before. */
  onMoved?(): void;
  /** What a later run needs to take it over. */
  readonly record: TunnelRecord;
}

/** Plain values, without secrets. */
export interface TunnelRecord {
  readonly processes: readonly ProcessIdentity[];
  readonly interfaceName: string;
}

/** The user gave no answer. */
export class AgentRefusal extends Error {
  override readonly name = 'AgentRefusal';
  readonly kind: 'canceled' | 'no-agent' | 'timeout' | 'failed';

  constructor(kind: AgentRefusal['kind'], text: string) {
    super(text);
    this.kind = kind;
  }
}

export function failureOf(error: unknown): TunnelFailure {
  if (error instanceof AgentRefusal)
    return { kind: error.kind === 'canceled' ? 'canceled' : 'login', reason: error.message };
  return { kind: 'connect', reason: error instanceof Error ? error.message : String(error) };
}
