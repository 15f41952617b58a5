// Writes docs/main.conf.md from the settings tables: `node tools/docs/main-conf.mjs`; with --check it only compares.
import { buildParts } from '../parts.mjs';
import { loadSource, page } from './lib/load-source.mjs';

const { mainConfManual } = await loadSource('packages/settings/src/manual.ts');
page('docs/main.conf.md', mainConfManual(buildParts('connmand').keys));
