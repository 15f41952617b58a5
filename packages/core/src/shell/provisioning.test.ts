import { silentLogger } from '@connman/base';
import { MemoryFiles } from '@connman/testkit';
import type { Provision } from '../model/service/provision';
import { Provisioning } from './provisioning';
import { Secrets } from './secrets';

const folder = '/var/lib/connman';

function rig() {
  const files = new MemoryFiles().putFolder(folder);
  const [reports, warnings]: [(readonly Provision[])[], string[]] = [[], []];
  const secrets = new Secrets();
  let changed = () => {};
  const watches = {
    watch: (_: string, onChange: () => void) => {
      changed = onChange;
      return () => {};
    },
  };
  const log = { ...silentLogger, warning: (line: string) => warnings.push(line) };
  const onChange = (provisions: readonly Provision[]) => reports.push(provisions);
  const provisioning = new Provisioning({ files, watches, folder, secrets, log, onChange });
  return { files, reports, warnings, secrets, provisioning, changed: () => changed() };
}

const home = '[service_home]\nType=wifi\nName=Home\nPassphrase=correct horse\n';

test('a folder without files reports nothing', () => {
  const { provisioning, reports } = rig();
  provisioning.start();
  expect(reports).toEqual([]);
});

test('a file that is unchanged when another one comes keeps the reference to its passphrase', () => {
  const { files, provisioning, reports, secrets, changed } = rig();
  files.putFile(`${folder}/home.config`, home);
  provisioning.start();
  files.putFile(`${folder}/office.config`, '[service_desk]\nType=ethernet\nIPv4=off\n');
  changed();
  expect(reports.map((all) => all.map(({ ident }) => ident))).toEqual([['home'], ['home', 'desk']]);
  expect(reports[1]?.[0]).toBe(reports[0]?.[0]);
  const passphrase = reports[0]?.[0]?.access?.passphrase;
  expect(passphrase && secrets.reveal(passphrase).reveal()).toBe('correct horse');
  expect(JSON.stringify(reports)).not.toContain('correct horse');
});

test('a change that leaves the files as they are reports nothing, a deleted file does', () => {
  const { files, provisioning, reports, changed } = rig();
  files.putFile(`${folder}/home.config`, home);
  provisioning.start();
  files.putFile(`${folder}/settings`, '[global]\n');
  changed();
  expect(reports).toHaveLength(1);
  files.remove(`${folder}/home.config`);
  changed();
  expect(reports.at(-1)).toEqual([]);
});

test('a file that cannot be read provisions nothing, and the log says so', () => {
  const { files, provisioning, reports, warnings } = rig();
  files.putFolder(`${folder}/folder.config`);
  files.putFile(`${folder}/home.config`, home);
  provisioning.start();
  expect(reports[0]).toHaveLength(1);
  expect(warnings).toEqual([expect.stringMatching(/folder\.config.*EISDIR.*it provisions nothing/)]);
});
