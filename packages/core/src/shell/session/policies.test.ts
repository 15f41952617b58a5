import { silentLogger } from '@connman/base';
import { MemoryFiles } from '@connman/testkit';
import { Policies } from './policies';

const watches = { watch: () => undefined };
const of = (files: MemoryFiles) => new Policies({ files, watches, folder: '/policies', log: silentLogger }, () => {});
const me = { uid: 1000, user: 'me', groups: ['staff'], seLinuxType: 'app_t' };

test('the SELinux type goes before the user, and the user before a group (rule 194)', () => {
  const files = new MemoryFiles().putFolder('/policies');
  files.putFile('/policies/c.policy', '[c]\nselinux=app_t\nConnectionType=internet\n');
  files.putFile('/policies/a.policy', '[a]\ngid=staff\nConnectionType=any\n[b]\nuid=me\nConnectionType=local\n');
  expect(of(files).of(me)?.connectionType).toBe('internet');
  expect(of(files).of({ ...me, seLinuxType: undefined })?.connectionType).toBe('local');
  expect(of(files).of({ ...me, seLinuxType: undefined, user: 'you' })?.connectionType).toBe('any');
  expect(of(files).of({ ...me, user: 'you', groups: [], seLinuxType: undefined })).toBe(undefined);
});

test('without the folder there are no policies, and other files in it are none', () => {
  expect(of(new MemoryFiles()).of(me)).toBe(undefined);
  const files = new MemoryFiles().putFolder('/policies').putFile('/policies/README', '[a]\nuid=me\n');
  expect(of(files).of(me)).toBe(undefined);
});

test('traffic of a user is meant by policies for users and groups, not by one for an SELinux type (rule 191)', () => {
  const isForUser = (text: string) =>
    of(new MemoryFiles().putFolder('/policies').putFile('/policies/a.policy', text)).isForUser(me);
  expect(isForUser('[a]\nuid=me\n')).toBe(true);
  expect(isForUser('[a]\ngid=staff\n')).toBe(true);
  expect(isForUser('[a]\nselinux=app_t\n')).toBe(false);
  expect(isForUser('[a]\nuid=you\n')).toBe(false);
});
