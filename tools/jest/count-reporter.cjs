// Leaves one line per jest run: its counts, the names of what was skipped, and what failed with its message, so that tools/test
// can add the runs up and name the failures at its end.
const fs = require('node:fs');
const path = require('node:path');
const { stripVTControlCharacters } = require('node:util');

/** As much of an error as fits a summary. */
const messageLines = 8;

const brief = (text = '') =>
  stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
    .slice(0, messageLines);

module.exports = class CountReporter {
  constructor(globalConfig, options) {
    this.root = globalConfig.rootDir;
    this.file = path.join(options.directory, `${path.basename(globalConfig.rootDir)}.json`);
  }

  onRunComplete(_contexts, results) {
    const { numPassedTests: passed, numFailedTests: failedTests, numRuntimeErrorTestSuites: brokenSuites } = results;
    const tests = results.testResults.flatMap((suite) =>
      suite.testResults.map((test) => ({ ...test, file: path.relative(this.root, suite.testFilePath) })),
    );
    const skipped = tests.filter(({ status }) => status === 'pending').map(({ fullName }) => fullName);
    const failures = tests
      .filter(({ status }) => status === 'failed')
      .map(({ file, fullName, failureMessages }) => ({
        file,
        name: fullName,
        message: brief(failureMessages.join('\n')),
      }));
    const broken = results.testResults
      .filter(({ testExecError }) => testExecError)
      .map(({ testFilePath, failureMessage }) => ({
        file: path.relative(this.root, testFilePath),
        name: 'the file as a whole',
        message: brief(failureMessage),
      }));
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    const report = { passed, failed: failedTests + brokenSuites, skipped, failures: [...failures, ...broken] };
    fs.writeFileSync(this.file, `${JSON.stringify(report)}\n`);
  }
};
