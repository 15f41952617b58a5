// Leaves one line per jest run: its counts, so that tools/test can add the runs up, and the names of what was skipped.
const fs = require('node:fs');
const path = require('node:path');

module.exports = class CountReporter {
  constructor(globalConfig, options) {
    this.file = path.join(options.directory, `${path.basename(globalConfig.rootDir)}.json`);
  }

  onRunComplete(_contexts, results) {
    const { numPassedTests: passed, numFailedTests: failedTests, numRuntimeErrorTestSuites: brokenSuites } = results;
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    const skipped = results.testResults
      .flatMap((file) => file.testResults)
      .filter((test) => test.status === 'pending')
      .map((test) => test.fullName);
    fs.writeFileSync(this.file, `${JSON.stringify({ passed, failed: failedTests + brokenSuites, skipped })}\n`);
  }
};
