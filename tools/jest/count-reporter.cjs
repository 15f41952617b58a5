// Leaves one line of counts per jest run, so that tools/test can add the runs up.
const fs = require('node:fs');
const path = require('node:path');

module.exports = class CountReporter {
  constructor(globalConfig, options) {
    this.file = path.join(options.directory, `${path.basename(globalConfig.rootDir)}.json`);
  }

  onRunComplete(_contexts, results) {
    const { numPassedTests: passed, numFailedTests: failedTests, numRuntimeErrorTestSuites: brokenSuites } = results;
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    fs.writeFileSync(this.file, `${JSON.stringify({ passed, failed: failedTests + brokenSuites })}\n`);
  }
};
