/** Settings of a service that clients have asked for and that are being saved; they are in force afterwards. */
import type { ServiceSetting } from './setting';
import type { ServiceSettings } from './settings';

export interface Proposal {
  /** What is different from the settings in force. */
  readonly settings: Partial<ServiceSettings>;
  /** The calls that wait for it, in their order. */
  readonly calls: readonly { readonly operation: number; readonly setting: ServiceSetting }[];
}
