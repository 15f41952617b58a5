// The project's test files by name: the path in the repository without `.test.ts`.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export function testFiles(root) {
  const found = ['packages', 'e2e'].flatMap((top) =>
    readdirSync(path.join(root, top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .filter((file) => !/\/(node_modules|dist|build)\//.test(file)),
  );
  return new Map(
    found
      .sort()
      .map((file) => [file.replace(/\.test\.ts$/, ''), { text: readFileSync(path.join(root, file), 'utf8') }]),
  );
}
