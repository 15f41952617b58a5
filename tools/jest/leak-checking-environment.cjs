// Node's environment for tests, in which a test file fails if it leaves something open that would keep a program running:
// a socket, a watched descriptor, a child process, a timer. Files count, too: each test file has a temporary folder of its own,
// which must be empty in the end.
const { chmodSync, mkdtempSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { TestEnvironment } = require('jest-environment-node');

/** What the worker was started with; TMPDIR is set again for each file. */
const temporaryFolder = tmpdir();

/** How long what is being closed may take, in milliseconds. */
const patienceMs = 1000;
const recheckMs = 10;

/** What keeps libuv's loop going, the watches of native code included; by address. Node has one timer for all of its own. */
function openHandles() {
  process.report.excludeNetwork = true;
  const { libuv } = process.report.getReport();
  const open = libuv.filter((handle) => handle.is_active && handle.is_referenced && handle.type !== 'timer');
  return new Map(open.map((handle) => [handle.address, handle]));
}

function describeHandle({ type, pid, fd, localEndpoint, remoteEndpoint }) {
  const known = Object.entries({ pid, fd, local: localEndpoint, remote: remoteEndpoint }).filter(([, value]) => value);
  return `${type} ${known.map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(' ')}`;
}

module.exports = class LeakCheckingEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.folder = mkdtempSync(path.join(temporaryFolder, 'test-'));
    // Programs of other users are run from it.
    chmodSync(this.folder, 0o755);
    process.env.TMPDIR = this.folder;
    this.global.process.env.TMPDIR = this.folder;
    // jest has timers of its own, which come and go: only those that the file sets count.
    this.timers = new Map();
    for (const name of ['setTimeout', 'setInterval']) {
      this.global[name] = new Proxy(this.global[name], {
        apply: (set, self, args) => {
          const timer = Reflect.apply(set, self, args);
          this.timers.set(timer, new Error(name));
          return timer;
        },
      });
    }
    this.handlesBefore = openHandles();
  }

  handleTestEvent({ name, test }) {
    if (name === 'test_done' && test.errors.length > 0) this.hasFailed = true;
  }

  leftOpen() {
    const files = readdirSync(this.folder).map((name) => `the file ${path.join(this.folder, name)}`);
    const handles = [...openHandles().values()].filter(({ address }) => !this.handlesBefore.has(address));
    const timers = [...this.timers].filter(([timer]) => !timer._destroyed && timer.hasRef());
    return [...files, ...handles.map(describeHandle), ...timers.map(([, setBy]) => setBy.stack)];
  }

  async teardown() {
    await super.teardown();
    let left = this.leftOpen();
    for (const end = Date.now() + patienceMs; left.length > 0 && Date.now() < end; left = this.leftOpen())
      await new Promise((resolve) => setTimeout(resolve, recheckMs));
    rmSync(this.folder, { recursive: true, force: true });
    if (left.length === 0) return;
    const complaint = `The tests are over, and this is left:\n${left.join('\n')}`;
    // An error here takes the place of the results, and what a test that failed did not close is not the news.
    if (!this.hasFailed) throw new Error(complaint);
    process.stderr.write(`${complaint}\n`);
  }
};
