// Parts of a program are files of their own: loaded when wanted, linked to the program's modules, absent where left out.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repository } from '../netns/lab/host';

jest.setTimeout(60_000);

interface Bundled {
  readonly main: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, readonly string[]>>;
}

let folder: string;
let bundled: Bundled;

const sources = path.join(__dirname, 'test/parts');

function bundle(version: string): Bundled {
  const script = `
    const { bundle } = await import(${JSON.stringify(`${repository}/tools/bundle/bundle.mjs`)});
    const result = await bundle({
      entry: ${JSON.stringify(`${sources}/main.ts`)},
      define: { BUILD_VERSION: ${JSON.stringify(JSON.stringify(version))} },
      external: [],
      parts: { radio: ${JSON.stringify(`${sources}/radio.ts`)} },
    });
    process.stdout.write(JSON.stringify(result));`;
  const options = { cwd: repository, encoding: 'utf8', maxBuffer: 1 << 24 } as const;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], options));
}

function run() {
  const page = `const fs = require('node:fs'), file = ${JSON.stringify(`${folder}/program.main.js`)};
    new (require('node:vm').Script)(fs.readFileSync(file, 'latin1'), { filename: file })
      .runInThisContext()(exports, require, module, file, ${JSON.stringify(folder)});`;
  writeFileSync(`${folder}/program.js`, page);
  return spawnSync(process.execPath, [`${folder}/program.js`], { encoding: 'utf8' });
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'connman-parts-'));
  bundled = bundle('1.0.0');
});

beforeEach(() => {
  writeFileSync(`${folder}/program.main.js`, bundled.main);
  writeFileSync(`${folder}/program.radio.js`, bundled.parts.radio ?? '');
});

afterAll(() => rmSync(folder, { recursive: true }));

test('a part is loaded from its file and makes objects of the class its program knows', () => {
  expect(run().stdout).toBe('radio true, text of the part alone; no modem\n');
});

test('a part that is not installed is undefined, and no error', () => {
  rmSync(`${folder}/program.radio.js`);
  const { stdout, status } = run();
  expect([stdout, status]).toEqual(['no radio; no modem\n', 0]);
});

test('nothing of a part is in its program, and nothing of the program in a part', () => {
  expect(bundled.main).not.toContain('text of the part alone');
  expect(bundled.parts.radio).not.toContain('class');
  expect(bundled.modules.radio).toEqual(['e2e/install/test/parts/own.ts', 'e2e/install/test/parts/radio.ts']);
  expect(bundled.modules['']).toContain('e2e/install/test/parts/shared.ts');
  expect(bundled.main + bundled.parts.radio).not.toContain('left out of every bundle');
});

test('a part of another build is refused by name', () => {
  writeFileSync(`${folder}/program.radio.js`, bundle('1.0.1').parts.radio ?? '');
  const { stderr, status } = run();
  expect(stderr).toContain(
    `${folder}/program.radio.js belongs to another build; install the same version of all parts`,
  );
  expect(status).toBe(1);
});

test('an error inside a part is not taken for its absence', () => {
  writeFileSync(`${folder}/program.radio.js`, "require('./nowhere.js');");
  expect(run().stderr).toContain("Cannot find module './nowhere.js'");
});
