// What there is to bundle in a package: its programs, with the parts they load on demand.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildParts, hostedBy } from '../parts.mjs';

const root = new URL('../../', import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** @returns for each program its name and the arguments of `bundle`. */
export function programsOf(folder) {
  const { programs = {}, external = [] } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return Object.entries(programs).map(([name, entry]) => ({
    name,
    entry: path.join(folder, entry),
    define: { BUILD_VERSION: JSON.stringify(version), BUILD_PARTS: JSON.stringify(JSON.stringify(buildParts(name))) },
    external,
    parts: Object.fromEntries(
      hostedBy(name).map((part) => [part.name, path.join(root, 'packages', part.package, part.entry)]),
    ),
  }));
}
