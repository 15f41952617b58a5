/** Which optional parts this build has, what is without effect because it lacks one, and what -p and -P leave out. */
import { matchesPattern } from '../model/device/filter';
import type { Options } from './options';

/** From features.json, by tools/bundle. */
export interface BuildParts {
  /** Parts that connmand loads on demand. */
  readonly hosted: readonly string[];
  /** Parts that are not in this build. */
  readonly unbuilt: readonly string[];
  /** Keys of main.conf without effect, each with the part that would read it. */
  readonly keys: Readonly<Record<string, string>>;
  /** Long options without effect, each with the part that would read it. */
  readonly options: Readonly<Record<string, string>>;
}

type PartChoice = Pick<Options, 'plugins' | 'noPlugins'>;

/** Whether -p and -P, which are lists of shell patterns, let a part be loaded. */
export function wantsPart({ plugins, noPlugins }: PartChoice, name: string): boolean {
  const isNamed = (patterns: readonly string[]) => patterns.some((pattern) => matchesPattern(pattern, name));
  return !isNamed(noPlugins) && (plugins.length === 0 || isNamed(plugins));
}

/** One line for each option that was given and has no effect. `given` are the long names of those on the command line. */
export function withoutEffect(parts: BuildParts, options: Options): readonly string[] {
  const known = [...parts.hosted, ...parts.unbuilt];
  const unknown = [...options.plugins, ...options.noPlugins].filter(
    (pattern) => !known.some((name) => matchesPattern(pattern, name)),
  );
  return [
    ...options.given
      .filter((name) => Object.hasOwn(parts.options, name))
      .map((name) => `option --${name} has no effect: ${parts.options[name]} is not in this build`),
    ...unknown.map(
      (pattern) => `no optional part is named "${pattern}" (options -p and -P); there are ${known.join(', ')}`,
    ),
  ];
}
