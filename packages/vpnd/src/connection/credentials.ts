/**
 * What a connection knows of its user's credentials: settings, what an agent gave, and which of it the server refused
 * (rules 184 and 185). An agent's answers are never shown, and stay in memory unless it wants them saved.
 */
import type { Instant } from '@connman/base';
import { Secret } from '@connman/base';
import type { InputField } from '../driver';

const trustMs = 3_600_000;

/** What an agent answers to have its other answers saved (ConnMan's vpn-agent-api.txt). */
const saveField = 'SaveCredentials';

export class Credentials {
  /** By setting. */
  private readonly saved: Map<string, Secret>;
  private readonly learned = new Map<string, Secret>();
  private errors = 0;
  private lastSuccess: Instant | undefined;
  private refusal: string | undefined;

  constructor(saved: ReadonlyMap<string, Secret> = new Map()) {
    this.saved = new Map(saved);
  }

  /** Values of all mandatory fields, if they are known and the user need not be asked. */
  known(fields: readonly InputField[], settings: ReadonlyMap<string, string>): ReadonlyMap<string, Secret> | undefined {
    const values = new Map<string, Secret>();
    for (const { name, setting, requirement, once } of fields) {
      if (once) return undefined;
      const value = this.learned.get(name) ?? this.stated(settings, setting ?? name);
      if (value) values.set(name, value);
      else if (requirement === 'mandatory') return undefined;
    }
    // What the server has refused is asked for, wherever it came from.
    return this.refusal === undefined ? values : undefined;
  }

  /** The text for VpnAgent.AuthFailure; undefined if there is nothing to tell. */
  get authFailure(): string | undefined {
    return this.refusal;
  }

  learn(values: ReadonlyMap<string, Secret>, fields: readonly InputField[]): void {
    for (const { name, once, requirement } of fields) {
      const value = values.get(name);
      if (value && !once && requirement !== 'informational') this.learned.set(name, value);
    }
    this.refusal = undefined;
  }

  /** A setting, or what was saved for it. A lone dash stands for "not set" (contract, "immutable_values"). */
  stated(settings: ReadonlyMap<string, string>, name: string): Secret | undefined {
    const text = settings.get(name);
    return text === undefined || text === '' || text === '-' ? this.saved.get(name) : new Secret(text);
  }

  /** By setting, the answers that the agent wants saved; none if it does not. */
  save(answers: ReadonlyMap<string, Secret>, fields: readonly InputField[]): ReadonlyMap<string, Secret> {
    const wanted = new Map<string, Secret>();
    if (answers.get(saveField)?.reveal() !== 'true') return wanted;
    for (const { name, setting = name, once, requirement } of fields) {
      const value = answers.get(name);
      if (value && !once && (requirement === 'mandatory' || requirement === 'optional')) wanted.set(setting, value);
    }
    for (const [setting, value] of wanted) this.saved.set(setting, value);
    return wanted;
  }

  /** False if there was nothing to forget. */
  forgetSaved(setting: string): boolean {
    return this.saved.delete(setting);
  }

  /** The server refused them. Up to `limit` times within an hour of a success they are tried again. */
  onRefused(reason: string, limit: number, now: Instant): void {
    this.errors++;
    const trusted = this.lastSuccess !== undefined && now - this.lastSuccess < trustMs;
    if (limit > 0 && this.errors <= limit && trusted) return;
    this.learned.clear();
    this.refusal = reason;
  }

  onAccepted(now: Instant): void {
    this.errors = 0;
    this.lastSuccess = now;
    this.refusal = undefined;
  }

  /** What an agent gave for this run of the daemon; what it wanted saved stays. */
  forget(): void {
    this.learned.clear();
  }
}
