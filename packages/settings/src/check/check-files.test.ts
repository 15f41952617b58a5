import { OsError } from '@connman/base';
import type { Files } from '@connman/ports';
import { type CheckResult, checkFiles } from './check-files';
import { checkReport } from './report';

const config = '/etc/connman/main.conf';
const storage = '/var/lib/connman';

function filesWith(texts: Readonly<Record<string, string>>, locked: readonly string[] = []): Files {
  const refuse = (file: string) => {
    if (locked.includes(file)) throw new OsError('open', 13, file);
  };
  return {
    read: (file: string) => {
      refuse(file);
      return texts[file];
    },
    list: (folder: string) => {
      refuse(folder);
      const below = Object.keys(texts).filter((file) => file.startsWith(`${folder}/`));
      return [...new Set(below.map((file) => file.slice(folder.length + 1).split('/')[0] ?? ''))].sort();
    },
  } as Partial<Files> as Files;
}

function check(
  texts: Readonly<Record<string, string>>,
  named: readonly string[] = [],
  locked: string[] = [],
): CheckResult {
  return checkFiles({ files: filesWith(texts, locked), named, config, storage, unread: { Enable6to4: '6to4' } });
}

const lines = (result: CheckResult) => checkReport(result).out.split('\n').slice(0, -1);

test('a wrong value is named with line, column, and what was expected', () => {
  const text = '[General]\n  OnlineCheckMode = twice\nPreferredTechnologies=ethernet, wify,vpn\n';
  expect(lines(check({ [config]: text }))).toEqual([
    `${config}:2:21: OnlineCheckMode is "twice"; expected none, one-shot or continuous`,
    expect.stringMatching(
      /^\/etc\/connman\/main\.conf:3:33: PreferredTechnologies is "wify"; expected ethernet, gadget, wifi/,
    ),
  ]);
});

test('an unknown key comes with the nearest one, and its own place', () => {
  expect(lines(check({ [config]: '[General]\r\n OnlineChekMode=none\r\n' }))).toEqual([
    `${config}:2:2: OnlineChekMode is "none"; expected a key that [General] has, perhaps OnlineCheckMode; this one has no effect`,
  ]);
});

test('a key that this build does not read is a problem', () => {
  expect(lines(check({ [config]: '[General]\nEnable6to4=true\n' }))).toEqual([
    `${config}:2:1: Enable6to4 is "true"; expected a build with 6to4; 6to4 is not in this build, and the key has no effect`,
  ]);
});

test('without names all that the daemon reads is checked', () => {
  const wifi = 'wifi_525400123456_48_managed_psk';
  const texts = {
    [config]: '[General]\n',
    [`${storage}/home.config`]: '[service_home]\nType=ethernet\n',
    [`${storage}/session_policy_local/one.policy`]: '[policy_one]\nuid=joe\n',
    [`${storage}/settings`]: '[global]\nOfflineMode=false\n',
    [`${storage}/${wifi}/settings`]: `[${wifi}]\nFavorite=maybe\n`,
    [`${storage}/${wifi}/data`]: 'binary',
  };
  const result = check(texts);
  expect(result.checked).toEqual(Object.keys(texts).slice(0, 5));
  expect(lines(result)).toEqual([
    `${storage}/${wifi}/settings:2:10: Favorite is "maybe"; expected true, false, 1 or 0`,
  ]);
});

test('files of VPN connections are checked as such, with a place for each problem', () => {
  const vpnConf = '/etc/connman/connman-vpn.conf';
  const texts = {
    [vpnConf]: '[General]\nInputRequestTimout=3\n[DACPrivileges]\nUser=vpn\nnoise\n[Wrong]\n',
    '/etc/connman/vpn-plugin/openvpn.conf': '[DACPrivileges]\nUsr=vpn\n',
    [`${storage}-vpn/work.config`]: '[provider_work]\nType=OpenVPN\nHost=192.0.2.1\n[service_a]\nType=ethernet\n',
    [`${storage}/provider_work/settings`]: '[work]\nName=Work\nsecret noise\n',
  };
  const result = check(texts);
  expect(result.checked).toEqual(Object.keys(texts));
  expect(lines(result)).toEqual([
    `${vpnConf}:2:1: InputRequestTimout is "3"; expected a key that [General] has, perhaps InputRequestTimeout; this one has no effect`,
    `${vpnConf}:5:1: found "noise"; expected key=value, [group] or a # comment`,
    `${vpnConf}:6:1: found "[Wrong]"; expected [General] or [DACPrivileges]; this group has no effect`,
    expect.stringMatching(/^\/etc\/connman\/vpn-plugin\/openvpn\.conf:2:1: Usr is "vpn"; expected .*, perhaps User/),
    `${storage}-vpn/work.config:4:1: found "[service_a]"; expected [global] or [provider_NAME]; this group has no effect`,
    `${storage}/provider_work/settings:3:1: found "***"; expected key=value, [group] or a # comment`,
  ]);
  const elsewhere = check({ '/home/me/work.config': texts[`${storage}-vpn/work.config`] ?? '' }, [
    '/home/me/work.config',
  ]);
  expect(lines(elsewhere)).toEqual([expect.stringMatching(/^\/home\/me\/work\.config:4:1: found "\[service_a\]"/)]);
});

test('no problem is said as such, with status 0', () => {
  expect(checkReport(check({}))).toEqual({ out: '', error: '0 files checked, 0 problems\n', status: 0 });
});

test('what only root may read is named and is no problem', () => {
  const file = `${storage}/settings`;
  const { error, status } = checkReport(check({ [config]: '' }, [], [file, storage]));
  expect(error).toMatch(
    /^not checked: \/var\/lib\/connman\/settings: .*; run this as root to check it\n1 file checked, 0 problems\n$/,
  );
  expect(status).toBe(0);
});

test('a file that was named and is missing or locked is a problem', () => {
  const result = check({ '/locked': '' }, ['/missing', '/locked'], ['/locked']);
  expect(result.problems.map(({ file, expected }) => [file, expected])).toEqual([
    ['/missing', 'a file'],
    ['/locked', 'a readable file'],
  ]);
  expect(checkReport(result).status).toBe(1);
});

test('a provisioning file is read as the daemon reads it, and its problems have their places', () => {
  const text = '[service_x]\nType=wifi\nName=x\nEAP=PEAP\nIdentity=me\nIPv4=192.0.2.5\nPassphrse=geheim\ngeheim\n';
  expect(lines(check({ '/a.config': text }, ['/a.config']))).toEqual([
    '/a.config:4:5: EAP is "PEAP"; expected the spelling peap',
    expect.stringMatching(/^\/a\.config:6:6: IPv4 is "192\.0\.2\.5"; expected dhcp, off, or ADDRESS\/MASK/),
    '/a.config:7:1: Passphrse is "***"; expected a key that [service_x] has, perhaps Passphrase; this one has no effect',
    '/a.config:8:1: found "***"; expected key=value, [group] or a # comment',
  ]);
});

test('a policy with all its keys has no problem, and a word that none of them takes is named', () => {
  const keys = ['uid=guest', 'Priority=true', 'RoamingPolicy=always', 'ConnectionType=internet', 'EmergencyCall=false'];
  expect(
    lines(check({ '/a.policy': `[policy_a]\n${keys.join('\n')}\nAllowedBearers=wifi ethernet\n` }, ['/a.policy'])),
  ).toEqual([]);
  expect(lines(check({ '/a.policy': '[policy_a]\ngid=staff\nRoamingPolicy=never\n' }, ['/a.policy']))).toEqual([
    '/a.policy:3:15: RoamingPolicy is "never"; expected default, always, forbidden, national or international',
  ]);
});

test('a policy without an owner is named', () => {
  expect(lines(check({ '/a.policy': '[policy_a]\nPriority=maybe\nuid=1000\n[b]\n' }, ['/a.policy']))).toEqual([
    '/a.policy:2:10: Priority is "maybe"; expected true, false, 1 or 0',
    '/a.policy:3:5: uid is "1000"; expected the name of a user, not a number',
    '/a.policy:4:1: found "[b]"; expected a key selinux, uid or gid in it: whose sessions are meant',
  ]);
});
