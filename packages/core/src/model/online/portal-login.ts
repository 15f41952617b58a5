/** A login at a portal without a browser (WISPr; ConnMan rule 133), as the engine asks for it and hears of it. */
import type { SecretRef } from '@connman/contracts';
import type { Family } from '@connman/inet';
import type { CheckPath, PortalForm } from './online-machine';

/** A portal that takes name and password, met by a service. */
export interface PortalVisit {
  readonly form: PortalForm;
  /** The page for a browser, where the login without one does not work. */
  readonly page: string;
  readonly family: Family;
  /** How often the portal has refused what the user gave. */
  readonly refusals: number;
}

export interface LoginRequest extends PortalVisit {
  readonly service: string;
  readonly username: string;
  readonly password: SecretRef;
  readonly path: CheckPath;
  /** The URL of the online check that met the portal. */
  readonly origin: string;
}

export type LoginOutcome =
  | { readonly kind: 'accepted' }
  /** Name or password is wrong. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };
