// Sees to it that a run ends, and says what keeps it from ending: the files that are not done when it takes very long, and
// what is still open when jest should be gone. The time limit itself is nx.json's.
const graceMs = 2000;

module.exports = class EndReporter {
  constructor({ watch, watchAll }, { patienceMinutes }) {
    this.goesOn = watch || watchAll;
    this.patienceMinutes = patienceMinutes;
    this.running = new Set();
  }

  onRunStart() {
    this.alarm = setTimeout(() => {
      console.error(`Not done after ${this.patienceMinutes} minutes: ${[...this.running].join(', ')}`);
    }, this.patienceMinutes * 60_000).unref();
  }

  onTestFileStart({ path }) {
    this.running.add(path);
  }

  onTestFileResult({ path }) {
    this.running.delete(path);
  }

  onRunComplete() {
    clearTimeout(this.alarm);
    if (this.goesOn) return;
    setTimeout(() => {
      console.error(`jest is done, and this keeps it running: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit(1);
    }, graceMs).unref();
  }
};
