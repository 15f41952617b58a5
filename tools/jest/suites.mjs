// Runs the tests of nx projects and says what became of them: node tools/jest/suites.mjs SUMMARY PROJECT...
//
// Files that failed run once more, alone. A test that passes then is counted as passed, and named as FLAKY with its first error:
// on a busy machine of two cores one late packet in four thousand tests must not hide the other results. More than a few files
// at once are no accident, and do not run again.
//
// Appends to the file SUMMARY: lines "SKIP", "FLAKY" or "FAIL" with the project and the test, and one line "counts PASSED FAILED".
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const mostFilesAgain = 4;

const [summary, ...projects] = process.argv.slice(2);
const reports = path.resolve('tmp/test-reports');

/** Runs a program on our own terminal, with `directory` for what the count reporter leaves; resolves to its exit status. */
function run(directory, program, ...args) {
  rmSync(directory, { recursive: true, force: true });
  return spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, TEST_REPORT_DIR: directory } }).status;
}

/** What the count reporter left for a project, by the name of the project's folder. */
function reportOf(directory, project) {
  try {
    return JSON.parse(readFileSync(path.join(directory, `${project}.json`), 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: [], failures: [{ name: 'its tests left no counts', message: [] }] };
  }
}

const folderOf = (project) => ['packages', '.', 'e2e'].map((parent) => path.join(parent, project)).find(existsSync);

const describe = ({ file, name, message }) => [`${file ? `${file}: ` : ''}${name}`, ...message].join('\n      ');

/** The report with each failed file run again: what passed then moves from `failures` to `flaky`. */
function again(project, report) {
  const files = [...new Set(report.failures.map(({ file }) => file))];
  if (files.length > mostFilesAgain || files.includes(undefined)) return { ...report, flaky: [] };
  const failures = [];
  const flaky = [];
  for (const file of files) {
    console.error(`Running ${project}/${file} again`);
    const folder = folderOf(project);
    run(`${reports}/again`, 'tools/jest/run', folder, '--verbose', '--runTestsByPath', path.join(folder, file));
    const second = reportOf(`${reports}/again`, project);
    failures.push(...second.failures.map((failure) => ({ file, ...failure })));
    const first = report.failures.filter((failure) => failure.file === file);
    flaky.push(...first.filter(({ name }) => !second.failures.some((failure) => failure.name === name)));
  }
  return { ...report, passed: report.passed + flaky.length, failed: failures.length, failures, flaky };
}

const status = run(
  reports,
  'npx',
  'nx',
  'run-many',
  '-t',
  'test',
  `--projects=${projects}`,
  '--parallel=2',
  '--skip-nx-cache',
  '--nx-bail=false',
  '--outputStyle=static',
);
const first = projects.map((project) => [project, reportOf(reports, project)]);
const failedAtAll = first.some(([, { failed }]) => failed > 0);
let passed = 0;
let failed = 0;
for (const [project, report] of first) {
  const final = again(project, report);
  const lines = [
    ...final.skipped.map((name) => `SKIP  ${project}: ${name}`),
    ...final.flaky.map((failure) => `FLAKY ${project}: ${describe(failure)}`),
    ...final.failures.map((failure) => `FAIL  ${project}: ${describe(failure)}`),
  ];
  if (lines.length > 0) appendFileSync(summary, `${lines.join('\n')}\n`);
  passed += final.passed;
  failed += final.failed;
}
if (!failedAtAll && status !== 0) {
  appendFileSync(summary, 'FAIL  nx ended with an error though no test failed\n');
  failed++;
}
appendFileSync(summary, `counts ${passed} ${failed}\n`);
