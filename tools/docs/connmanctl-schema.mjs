// Writes docs/api/connmanctl.schema.json: `node tools/docs/connmanctl-schema.mjs`; with --check it only compares.
import { loadSource, page } from './lib/load-source.mjs';

const { publishedSchema } = await loadSource('packages/cli/src/json-schema.ts');
page('docs/api/connmanctl.schema.json', `${JSON.stringify(publishedSchema(), undefined, 2)}\n`);
