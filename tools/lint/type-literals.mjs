// No file but those of one kind of technology asks which kind it has: what sets one apart is a row of a table.
//
// The folders in "kinds" of tools/lint/layers.json are those of kinds; elsewhere in their package a comparison with the name of
// one ("type === 'wifi'", "case 'vpn':", "['wifi', 'p2p'].includes(type)") is a problem.

import { readFileSync } from 'node:fs';

const contract = readFileSync(new URL('../../packages/contracts/src/technology.ts', import.meta.url), 'utf8');
const names = /export const technologyTypes = \[(.*)\]/.exec(contract)[1].match(/\w+/g).join('|');
const literal = `['"\`](?:${names})['"\`]`;
const comparisons = [
  new RegExp(`[=!]==?\\s*${literal}`),
  new RegExp(`${literal}\\s*[=!]==?`),
  new RegExp(`\\bcase\\s+${literal}\\s*:`),
  new RegExp(`\\[[^\\]]*${literal}[^\\]]*\\]\\s*\\.\\s*(?:includes|indexOf)\\(`),
];

/** The lines of a source that compare with the name of a technology, each as `LINE: TEXT`. */
export function typeLiterals(source) {
  return source.split('\n').flatMap((line, i) => {
    const isComment = /^\s*(\/\/|\*|\/\*)/.test(line);
    return !isComment && comparisons.some((one) => one.test(line)) ? [`${i + 1}: ${line.trim()}`] : [];
  });
}
