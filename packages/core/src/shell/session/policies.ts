/** The policies of sessions: *.policy files, read when the first session is made and again when one of them changes (rule 194). */
import { type Logger, OsError } from '@connman/base';
import type { Bus } from '@connman/dbus';
import type { Files, FolderWatchPort } from '@connman/ports';
import { formatProblem, type Problem, readSessionPolicies, type SessionPolicy, summarised } from '@connman/settings';

/** The names by which policies know the owner of a session. */
export interface Identity {
  readonly uid: number;
  readonly user: string | undefined;
  readonly groups: readonly string[];
  readonly seLinuxType: string | undefined;
}

export interface PolicyParts {
  readonly files: Files;
  readonly watches: FolderWatchPort;
  readonly folder: string;
  readonly log: Logger;
}

export class Policies {
  private readonly parts: PolicyParts;
  private readonly end: (() => void) | undefined;
  private all: readonly SessionPolicy[] = [];

  /** @param onChange the policies are others than before. */
  constructor(parts: PolicyParts, onChange: () => void) {
    this.parts = parts;
    this.end = parts.watches.watch(parts.folder, () => {
      this.read();
      onChange();
    });
    this.read();
  }

  close(): void {
    this.end?.();
  }

  /** That of the owner's SELinux type, else of the user, else of a group; undefined leaves a session as its owner wants it. */
  of({ seLinuxType, user, groups }: Identity): SessionPolicy | undefined {
    return (
      this.all.find(({ selinux }) => selinux !== undefined && selinux === seLinuxType) ??
      this.all.find(({ uid }) => uid !== undefined && uid === user) ??
      this.all.find(({ gid }) => gid !== undefined && groups.includes(gid))
    );
  }

  /**
   * Whether the traffic of the user is meant, and not of one program of the user's: the kernel knows a packet's user, and not its
   * SELinux type.
   */
  isForUser(identity: Identity): boolean {
    const { uid, gid } = this.of(identity) ?? {};
    return (uid !== undefined && uid === identity.user) || (gid !== undefined && identity.groups.includes(gid));
  }

  private read(): void {
    const { files, folder, log } = this.parts;
    const problems: Problem[] = [];
    this.all = this.names().flatMap((name) => {
      const file = `${folder}/${name}`;
      try {
        return readSessionPolicies(file, files.read(file) ?? '', problems);
      } catch (error) {
        if (!(error instanceof OsError)) throw error;
        log.warning(`${error.message}; its policies are not in force`);
        return [];
      }
    });
    for (const problem of summarised(problems)) log.warning(formatProblem(problem));
  }

  private names(): readonly string[] {
    const { files, folder } = this.parts;
    return files
      .list(folder)
      .filter((name) => name.endsWith('.policy'))
      .sort();
  }
}

/** Who a client of the bus is. Rejects with BusError when it has left. */
export async function identityOf(bus: Bus, files: Files, client: string): Promise<Identity> {
  const uid = await bus.userOf(client);
  const context = await bus.seLinuxContextOf(client).catch(() => '');
  const fields = (file: string) => (files.read(file) ?? '').split('\n').map((line) => line.split(':'));
  const account = fields('/etc/passwd').find(([, , id]) => id === String(uid));
  const user = account?.[0];
  const groups = fields('/etc/group').filter(
    ([, , id, members = '']) => id === account?.[3] || (user !== undefined && members.split(',').includes(user)),
  );
  return { uid, user, groups: groups.map(([name = '']) => name), seLinuxType: context.split(':')[2] };
}
