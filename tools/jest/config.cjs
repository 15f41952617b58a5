// The one jest configuration of all packages; `--rootDir packages/NAME` says which.
const path = require('node:path');

module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  // A test that failed may leave a socket open; the run ends all the same.
  forceExit: true,
  transform: { '\\.ts$': path.join(__dirname, 'esbuild-transform.cjs') },
  reporters: process.env.TEST_REPORT_DIR
    ? ['default', [path.join(__dirname, 'count-reporter.cjs'), { directory: process.env.TEST_REPORT_DIR }]]
    : ['default'],
};
