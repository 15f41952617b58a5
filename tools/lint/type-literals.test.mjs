// node --test tools/lint
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typeLiterals } from './type-literals.mjs';

for (const line of [
  "if (service.type === 'wifi') scan();",
  "if ('vpn' !== type) return;",
  "  case 'ethernet':",
  'return type == "p2p";',
  "if (['wifi', 'bluetooth'].includes(type)) block();",
])
  test(`is found: ${line}`, () => assert.deepEqual(typeLiterals(`\n${line}`), [`2: ${line.trim()}`]));

for (const line of [
  "const device = { type: 'wifi' };",
  "// where type === 'wifi'",
  " * `type === 'wifi'` is a row of the table",
  "if (kindOf(type).isTunnel) return 'vpn';",
  "if (type === 'wired') return;",
  "const order = ['ethernet', 'wifi'];",
])
  test(`is none: ${line}`, () => assert.deepEqual(typeLiterals(line), []));
