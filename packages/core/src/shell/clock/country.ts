/** The country of a time zone, by the tables of the time zone database (rule 48). */
import path from 'node:path';
import type { Files } from '@connman/ports';
import { zoneinfo } from './timezone';

/** The first one names several countries for a zone that they share, the most populous first. */
const tables = ['zone1970.tab', 'zone.tab'] as const;

/** ISO 3166-1 alpha-2; empty for a zone that no country has, as UTC. */
export function countryOf(files: Files, zone: string | undefined): string {
  if (zone === undefined) return '';
  for (const table of tables) {
    for (const line of (files.read(path.join(zoneinfo, table)) ?? '').split('\n')) {
      const [countries = '', , name] = line.split('\t');
      if (name === zone && /^[A-Z]{2}/.test(countries)) return countries.slice(0, 2);
    }
  }
  return '';
}
