/** A program of its own for a test: TypeScript from a text, bundled as the real programs are, run to its end. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';

export interface ChildProgram {
  /** Runs it with these arguments. */
  run(...args: readonly string[]): SpawnSyncReturns<string>;
  /** The bundle. */
  readonly file: string;
  remove(): void;
}

const sources = path.join(__dirname, '../src');

/** `source` may import './index' and its neighbours; the addon is found where a build has put it. */
export function childProgram(source: string): ChildProgram {
  const folder = mkdtempSync(path.join(tmpdir(), 'linux-test-'));
  const file = path.join(folder, 'program.js');
  buildSync({
    stdin: { contents: source, resolveDir: sources, loader: 'ts' },
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
    define: { __dirname: JSON.stringify(sources) },
  });
  return {
    file,
    // Without colours, which nx and jest ask for.
    run: (...args) =>
      spawnSync(process.execPath, [file, ...args], {
        encoding: 'utf8',
        timeout: 30_000,
        env: { ...process.env, FORCE_COLOR: '0' },
      }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
