/**
 * The texts of passphrases, keys and certificates, beside the engine: events, effects, the world and the trace hold a
 * reference, a number that is drawn once per secret and says nothing about it.
 */
import { Invariant, Secret } from '@connman/base';
import type { SecretRef } from '@connman/contracts';

export class Secrets {
  private readonly texts = new Map<number, Secret>();
  private last = 0;

  keep(secret: Secret): SecretRef {
    this.texts.set(++this.last, secret);
    return { secret: this.last };
  }

  /** Throws Invariant for a reference that was not given out here. */
  reveal(ref: SecretRef): Secret {
    const found = this.texts.get(ref.secret);
    if (!found) throw new Invariant(`secret ${ref.secret} is not kept here`);
    return found;
  }

  /** The same value with each SecretRef in it replaced by its Secret: a command on its way out. */
  fill(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.fill(one));
    if (typeof value !== 'object' || value === null) return value;
    if (isSecretRef(value)) return this.reveal(value);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.fill(one)]));
  }

  /** The same value with each Secret in it kept here and replaced by its reference: an event on its way in. */
  strip(value: unknown): unknown {
    if (value instanceof Secret) return this.keep(value);
    if (Array.isArray(value)) return value.map((one) => this.strip(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.strip(one)]));
  }
}

function isSecretRef(value: object): value is SecretRef {
  const { secret } = value as { secret?: unknown };
  return typeof secret === 'number' && Object.keys(value).length === 1;
}
