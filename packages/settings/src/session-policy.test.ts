/**
 * session_policy_local/*.policy, as people write and break them. Debian's connmand is built without the plugin that reads them, so
 * that what is right comes from ConnMan's contract: every group a policy, names of users and groups, bearers apart by spaces, a
 * boolean that is `true` or `1`.
 */
import type { Problem } from './problem';
import { readSessionPolicies, type SessionPolicy } from './session-policy';

const alice = { uid: 'alice', allowedBearers: undefined, connectionType: 'any', emergencyCall: false } as const;
const key = (line: string) => `[policy_a]\nuid=alice\n${line}\n`;

const corpus: readonly [text: string, policies: readonly Partial<SessionPolicy>[], problems: readonly string[]][] = [
  ['', [], []],
  ['# nothing\n\n', [], []],
  // Whose it is.
  ['[policy_a]\nuid=alice\n', [alice], []],
  ['[any name]\nuid = alice \n', [alice], []],
  ['[a]\r\nuid=alice\r\n', [alice], []],
  ['[a]\nuid=alice', [alice], []],
  ['\ufeff[a]\nuid=alice\n', [alice], []],
  ['[a]\nuid=alice\nuid=bob\n', [{ ...alice, uid: 'bob' }], []],
  ['[a]\nuid=al\\sice\n', [{ ...alice, uid: 'al ice' }], []],
  ['[a]\nuid=élan\n', [{ ...alice, uid: 'élan' }], []],
  ['[a]\nuid=alice\n[a]\ngid=staff\n', [{ ...alice, gid: 'staff' }], []],
  ['[a]\nuid=alice\n[b]\nuid=bob\n', [alice, { ...alice, uid: 'bob' }], []],
  ['[a]\nselinux=web_t\nuid=alice\ngid=staff\n', [{ ...alice, selinux: 'web_t', gid: 'staff' }], []],
  ['[a]\n', [], ['1 [a]: a key selinux, uid or gid in it: whose sessions are meant']],
  ['[a]\nuid=1000\n', [], ['2 1000: the name of a user, not a number']],
  ['[a]\ngid=100\nuid=alice\n', [alice], ['2 100: the name of a group, not a number']],
  ['[a]\nuid=\n', [], ['2 : the name of a user, not a number']],
  ['[a]\nuid=alice\0\n', [], ['2 alice\\0: a text without zero bytes']],
  [
    '[a]\nUID=alice\n',
    [],
    ['2 alice: the spelling uid', '1 [a]: a key selinux, uid or gid in it: whose sessions are meant'],
  ],
  // What is no key file.
  ['uid=alice\n', [], ['1 uid=alice: a group such as [General] before the first key']],
  ['[a]\nuid=alice\nnonsense\n', [alice], ['3 nonsense: key=value, [group] or a # comment']],
  ['[a]\nuid=alice\n; note\n', [alice], ['3 ; note: key=value, [group] or a # comment']],
  [
    '[a\nuid=alice\n',
    [],
    ['1 [a: a group such as [General]', '2 uid=alice: a group such as [General] before the first key'],
  ],
  // Bearers.
  [key('AllowedBearers=*'), [alice], []],
  [key('AllowedBearers=wifi *'), [alice], []],
  [key('AllowedBearers=wifi ethernet'), [{ ...alice, allowedBearers: ['wifi', 'ethernet'] }], []],
  [key('AllowedBearers=  wifi   ethernet  '), [{ ...alice, allowedBearers: ['wifi', 'ethernet'] }], []],
  [key('AllowedBearers=wifi wifi'), [{ ...alice, allowedBearers: ['wifi', 'wifi'] }], []],
  [key('AllowedBearers='), [{ ...alice, allowedBearers: [] }], []],
  [
    key('AllowedBearers=wifi moon'),
    [{ ...alice, allowedBearers: ['wifi'] }],
    ['3 moon: *, ethernet, wifi, bluetooth, cellular, gadget or vpn'],
  ],
  [
    key('AllowedBearers=wifi,ethernet'),
    [{ ...alice, allowedBearers: [] }],
    ['3 wifi,ethernet: *, ethernet, wifi, bluetooth, cellular, gadget or vpn'],
  ],
  // The rest.
  [key('ConnectionType=internet'), [{ ...alice, connectionType: 'internet' }], []],
  [key('ConnectionType=local'), [{ ...alice, connectionType: 'local' }], []],
  [key('ConnectionType=Internet'), [alice], ['3 Internet: any, local or internet']],
  [key('EmergencyCall=true'), [{ ...alice, emergencyCall: true }], []],
  [key('EmergencyCall=1'), [{ ...alice, emergencyCall: true }], []],
  [key('EmergencyCall=yes'), [alice], ['3 yes: true, false, 1 or 0']],
  [key('EmergencyCall=True'), [alice], ['3 True: true, false, 1 or 0']],
  [key('Priority=true\nRoamingPolicy=national'), [alice], []],
  [key('RoamingPolicy=sometimes'), [alice], ['3 sometimes: default, always, forbidden, national or international']],
  [key('AllowedInterface=eth0'), [alice], ['3 eth0: a key that [policy_a] has; this one has no effect']],
];

test.each(corpus)('%j', (text, policies, expected) => {
  const problems: Problem[] = [];
  const read = readSessionPolicies('a.policy', text, problems);
  expect(read.map((policy) => ({ ...policy }))).toEqual(policies);
  expect(problems.map((one) => `${one.line} ${one.found}: ${one.expected}`)).toEqual(expected);
});

test('no byte that is lost, doubled or turned over makes reading fail, and what is read names someone', () => {
  const whole = corpus.map(([text]) => text).join('\n');
  for (let at = 0; at < whole.length; at += 3) {
    const turned = String.fromCharCode(whole.charCodeAt(at) ^ (1 << (at % 7)));
    for (const middle of ['', whole.charAt(at).repeat(2), turned]) {
      const text = whole.slice(0, at) + middle + whole.slice(at + 1);
      const read = readSessionPolicies('a.policy', text, []);
      expect(read.every(({ selinux, uid, gid }) => Boolean(selinux || uid || gid))).toBe(true);
    }
  }
});
