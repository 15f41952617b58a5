// The one jest configuration of all packages; `--rootDir packages/NAME` says which.
const path = require('node:path');
const { filesInNamespaces } = require('./files-in-namespaces.cjs');

const reports = process.env.TEST_REPORT_DIR;
const countReporter = reports ? [[path.join(__dirname, 'count-reporter.cjs'), { directory: reports }]] : [];

module.exports = {
  testEnvironment: path.join(__dirname, 'leak-checking-environment.cjs'),
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...filesInNamespaces()],
  modulePathIgnorePatterns: ['/dist/'],
  transform: { '\\.ts$': path.join(__dirname, 'esbuild-transform.cjs') },
  // A guard against what never ends, not a measure: the machine may be busy.
  testTimeout: 30_000,
  testSequencer: path.join(__dirname, 'simulations-first.cjs'),
  reporters: ['default', [path.join(__dirname, 'end-reporter.cjs'), { patienceMinutes: 19 }], ...countReporter],
};
