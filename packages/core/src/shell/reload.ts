/**
 * main.conf read again while the daemon runs, on SIGHUP or net.connman.Configuration.Reload. Most keys take effect at once; those
 * that name files, ports or links are for the next start, and the log says so.
 */
import { err, type Logger, OsError, ok, type Result } from '@connman/base';
import type { Files } from '@connman/ports';
import { formatProblem, type MainSettings, readMainConf, summarised, type UnreadKeys } from '@connman/settings';

export interface ReloadParts {
  readonly files: Pick<Files, 'read'>;
  /** Path of main.conf. */
  readonly file: string;
  readonly unread: UnreadKeys;
  readonly log: Logger;
  readonly settings: MainSettings;
  /** Puts settings in force. */
  readonly apply: (settings: MainSettings) => void;
}

/** Names of keys as main.conf has them. */
export interface Reloaded {
  readonly applied: readonly string[];
  /** Differ from what the daemon was started with, and wait for the next start. */
  readonly atNextStart: readonly string[];
}

/** Read once: by the components that begin with the daemon. */
export const startOnly: ReadonlySet<keyof MainSettings> = new Set<keyof MainSettings>([
  'networkInterfaceBlacklist',
  'allowHostnameUpdates',
  'allowDomainnameUpdates',
  'onlineCheckConnectTimeout',
  'localtime',
  'regdomFollowsTimezone',
  'randomScanAddress',
  'resolvConf',
  'metricsSocket',
  'networkManagerCompat',
  'dNSOverTLSServerNames',
  'dNSOverTLSCAFile',
  'components',
]);

export class Reloader {
  private readonly parts: ReloadParts;
  /** What the daemon was started with; what is in force differs from it by the keys that take effect at once. */
  private readonly first: MainSettings;
  private inForce: MainSettings;

  constructor(parts: ReloadParts) {
    this.parts = parts;
    this.first = parts.settings;
    this.inForce = parts.settings;
  }

  /** The error is that of the file; the settings in force stay. */
  reload(): Result<Reloaded, string> {
    const { file, unread, log, apply } = this.parts;
    const text = this.read();
    if (!text.ok) {
      log.error(`${text.error}; the settings in force stay`);
      return text;
    }
    const { settings, problems } = readMainConf(file, text.value, unread);
    for (const problem of summarised(problems)) log.warning(formatProblem(problem));
    // A key that nothing in this build reads is named by its problem.
    const applied = differing(this.inForce, settings).filter(
      (key) => !startOnly.has(key) && !Object.hasOwn(unread, keyName(key)),
    );
    const atNextStart = differing(this.first, settings).filter((key) => startOnly.has(key));
    this.inForce = settings;
    if (applied.length > 0) apply(settings);
    const names = { applied: applied.map(keyName), atNextStart: atNextStart.map(keyName) };
    log.info(
      `${file} reloaded: ${names.applied.length > 0 ? `${names.applied.join(', ')} in force` : 'no change to apply'}`,
    );
    if (atNextStart.length > 0)
      log.warning(`${file}: ${names.atNextStart.join(', ')} changed; restart connmand for that (links stay up)`);
    return ok(names);
  }

  private read(): Result<string | undefined, string> {
    try {
      return ok(this.parts.files.read(this.parts.file));
    } catch (error) {
      if (error instanceof OsError) return err(error.message);
      throw error;
    }
  }
}

function differing(before: MainSettings, now: MainSettings): (keyof MainSettings)[] {
  const keys = Object.keys(now) as (keyof MainSettings)[];
  return keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
}

function keyName(key: keyof MainSettings): string {
  return key === 'components' ? '[Components]' : `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
}
