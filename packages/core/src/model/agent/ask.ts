/** What an agent is asked, and what it answers (net.connman.Agent; ConnMan rules 54, 59 to 63, 134, 220 to 225). */
import type { InputField, NetworkSecurity, SecretRef } from '@connman/contracts';
import type { PortalVisit } from '../online/portal-login';

/** All asks about one service can be cancelled together: `service` is the context (rule 223). */
export type AgentAsk =
  | { readonly member: 'ReportError'; readonly service: string; readonly error: string }
  | { readonly member: 'RequestBrowser'; readonly service: string; readonly url: string }
  | {
      readonly member: 'RequestInput';
      readonly service: string;
      readonly fields: readonly AskedField[];
      /** Whose passphrase it is: decides which texts can be one (rule 63). */
      readonly security?: NetworkSecurity;
      /** Not for a network but for a portal behind it. */
      readonly portal?: PortalVisit;
    };

/** A field of RequestInput. `previous` is shown to the user as its value. */
export type AskedField = Omit<InputField, 'type'> & {
  readonly type: InputField['type'] | 'psk' | 'wep' | 'ssid' | 'wpspin';
  readonly alternates?: readonly string[];
  readonly previous?: SecretRef;
};

/** The values of an answer to RequestInput, as text or as what stands for a secret. */
export interface AgentInput {
  readonly name?: string;
  /** Hexadecimal. */
  readonly ssid?: string;
  readonly identity?: string;
  readonly passphrase?: SecretRef;
  /** WPS in place of the passphrase: by PIN, or by the button where there is none. */
  readonly wps?: { readonly pin?: SecretRef };
  /** Fields that the driver asked for by names of its own. */
  readonly others?: Readonly<Record<string, SecretRef>>;
  /** The passphrase or PIN cannot be one: too short, too long, other characters (rule 63). */
  readonly unfit?: boolean;
}

export type AgentAnswer =
  /** Of RequestInput with its values; of the others without. */
  | { readonly kind: 'reply'; readonly input?: AgentInput }
  /** The agent refused: net.connman.Agent.Error.Canceled, .Retry, .LaunchBrowser, .Rejected, or any other name. */
  | { readonly kind: 'error'; readonly name: string };
