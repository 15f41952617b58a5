/** A radio's connection with a peer: from the attempt over the group that the two form to its end. */
import type { Secret } from '@connman/base';
import type { AssociationError } from '@connman/contracts';
import { bool, int32, objectPath, str, type Variant } from '@connman/dbus';
import { radioInterface, supplicantRoot, supplicantRootInterface } from '../supplicant/bus-interfaces';
import type { Properties } from '../supplicant/facts';
import { groupInterface, p2pInterface } from './bus-interfaces';
import { negotiationFailure } from './failure';
import type { Finder } from './finder';
import type { Peer, Provisioning } from './peer';

/** The group's link is made, shown and gone within this time. */
const leaveMs = 5000;
/** So long a peer may be away from a group that this machine owns. */
const absenceMs = 5000;
/** The owner of a group, where this machine wants to be it (P2P 1.9 section 3.1.4.2). */
const masterIntent = 15;
const callOptions = { timeoutMs: 8000, autoStart: false } as const;

interface Attempt {
  readonly peer: Peer;
  readonly number: number;
  /** WPS said so before the group failed. */
  wpsReason?: string;
}

interface Group {
  readonly peer: Peer;
  /** Of wpa_supplicant's interface that is in it, and of the group itself. */
  readonly interfacePath: string;
  readonly path: string;
}

export class Pairing {
  private readonly finder: Finder;
  private attempt: Attempt | undefined;
  private group: Group | undefined;
  /** Calls back when the group that is being left has ended. */
  private onLeft: (() => void) | undefined;

  constructor(finder: Finder) {
    this.finder = finder;
  }

  /** A group is being formed. */
  get isBusy(): boolean {
    return this.attempt !== undefined;
  }

  async associate(peer: Peer, number: number, wps: { readonly pin?: Secret } | undefined): Promise<void> {
    const { finder } = this;
    const how = provisioningOf(peer, wps);
    peer.invitation = undefined;
    if (!how) return this.refuse(peer, number, 'pin-missing', 'it does WPS by PIN alone, and none was given');
    if (this.attempt) this.giveUp(this.attempt);
    const attempt: Attempt = { peer, number };
    this.attempt = attempt;
    peer.link = { kind: 'associating', attempt: number };
    finder.reportPeers([peer]);
    await this.leaveGroup();
    if (this.attempt !== attempt) return;
    try {
      await finder.device().call('Connect', [this.connectArguments(peer, how)], callOptions);
    } catch (error) {
      this.fail(attempt, 'connect-failed', `wpa_supplicant refused: ${(error as Error).message}`);
    }
  }

  private connectArguments(peer: Peer, how: Provisioning): Record<string, Variant> {
    const { isMaster } = this.finder;
    return {
      peer: objectPath(peer.path),
      wps_method: str(how.method),
      ...('pin' in how && how.pin !== undefined && { pin: str(how.pin) }),
      join: bool(peer.isOwner),
      persistent: bool(false),
      ...(isMaster && { go_intent: int32(masterIntent) }),
    };
  }

  dissociate(peer: Peer): void {
    if (peer.invitation) {
      peer.invitation = undefined;
      this.finder.tell('RejectPeer', [peer.path]);
    }
    if (this.attempt?.peer === peer) this.giveUp(this.attempt);
    else if (this.group?.peer === peer) void this.leaveGroup();
  }

  leaveAll(): void {
    if (this.attempt) this.giveUp(this.attempt);
    void this.leaveGroup();
  }

  /** wpa_supplicant has the radio no more. */
  end(): void {
    const peers = [this.attempt?.peer, this.group?.peer];
    this.attempt = undefined;
    this.group = undefined;
    for (const peer of peers) if (peer) peer.link = { kind: 'idle' };
    this.left();
  }

  signal(member: string, args: readonly unknown[]): void {
    const properties = args[0] as Properties;
    switch (member) {
      case 'GroupStarted':
        return void this.started(properties);
      case 'GroupFinished':
        return this.finished(properties.get('interface_object')?.as('o'));
      case 'GONegotiationFailure': {
        const { error, reason } = negotiationFailure(properties.get('status')?.as('i') ?? -1);
        return this.fail(this.attempt, error, reason);
      }
      case 'WpsFailed':
        if (this.attempt) this.attempt.wpsReason = String(args[0]);
        return;
      case 'GroupFormationFailure': {
        const reason = [this.attempt?.wpsReason, args[0]].filter(Boolean).join(', ');
        return this.fail(this.attempt, 'connect-failed', `no group was formed${reason && `: ${reason}`}`);
      }
    }
  }

  /** Groups of a former run, or of another program. */
  async takeUp(): Promise<void> {
    const root = this.finder.properties(supplicantRoot);
    const all = await root.call('Get', [supplicantRootInterface.name, 'Interfaces'], callOptions);
    for (const path of all.as('ao') ?? []) {
      if (path === this.finder.path || this.group) continue;
      const state = await this.finder.properties(path).call('GetAll', [p2pInterface.name], callOptions);
      const role = state.get('Role')?.as('s');
      if (role === 'GO' || role === 'client') await this.join(path, state.get('Group')?.as('o') ?? '/', role);
    }
  }

  /** A group of one is none; after WPS the peer leaves it for a moment, to come back with the key. */
  memberLeft(path: string): void {
    const { group } = this;
    if (group?.path !== path) return;
    this.finder.ports.clock.setTimer(absenceMs, () => this.group === group && this.endIfAlone(group));
  }

  private endIfAlone(group: Group): void {
    this.membersOf(group.path).then(
      (members) => {
        if (this.group === group && members.length === 0) this.finder.tell('Disconnect', [], group.interfacePath);
      },
      () => {},
    );
  }

  private async started(properties: Properties): Promise<void> {
    const path = properties.get('interface_object')?.as('o');
    const group = properties.get('group_object')?.as('o') ?? '/';
    const role = properties.get('role')?.as('s');
    if (path === undefined) return;
    try {
      await this.join(path, group, role === 'GO' ? 'GO' : 'client');
    } catch (error) {
      this.fail(this.attempt, 'connect-failed', `the group is gone again: ${(error as Error).message}`);
    }
  }

  private async join(interfacePath: string, path: string, role: 'GO' | 'client'): Promise<void> {
    const { finder } = this;
    const name = await finder.properties(interfacePath).call('Get', [radioInterface.name, 'Ifname'], callOptions);
    const ifindex = finder.ports.ifindexOf(name.as('s') ?? '');
    const peer = this.attempt?.peer ?? (await this.otherOf(interfacePath, path, role));
    if (!peer) return;
    if (ifindex === undefined) return this.fail(this.attempt, 'connect-failed', 'the group has no link');
    const attempt = this.attempt?.peer === peer ? this.attempt.number : 0;
    this.attempt = undefined;
    this.group = { peer, interfacePath, path };
    peer.link = { kind: 'up', attempt, ifindex, ...(role === 'GO' && { isOwner: true }) };
    finder.reportPeers([peer]);
  }

  /** Who is in a group that was not formed by an attempt of ours. */
  private async otherOf(interfacePath: string, path: string, role: 'GO' | 'client'): Promise<Peer | undefined> {
    const { finder } = this;
    const members = role === 'GO' ? await this.membersOf(path) : [await this.ownerOf(interfacePath)];
    return members.flatMap((member) => finder.peers.get(member) ?? [])[0];
  }

  private async membersOf(path: string): Promise<readonly string[]> {
    const members = await this.finder.properties(path).call('Get', [groupInterface.name, 'Members'], callOptions);
    return members.as('ao') ?? [];
  }

  private async ownerOf(interfacePath: string): Promise<string> {
    const owner = await this.finder.properties(interfacePath).call('Get', [p2pInterface.name, 'PeerGO'], callOptions);
    return owner.as('o') ?? '';
  }

  private finished(interfacePath: string | undefined): void {
    const { group, finder } = this;
    if (!group || group.interfacePath !== interfacePath) return;
    this.group = undefined;
    const isLeft = this.onLeft !== undefined;
    if (group.peer.link.kind === 'up') {
      const loss = { cause: 'by-peer', reason: 'the group has ended' } as const;
      group.peer.link = { kind: 'idle', ...(!isLeft && { loss }) };
      finder.reportPeers([group.peer]);
    }
    finder.forgetLost(group.peer);
    this.left();
  }

  /** Settles when the group of before is gone, or after a while. */
  private leaveGroup(): Promise<void> {
    const { group, finder } = this;
    if (!group) return Promise.resolve();
    finder.tell('Disconnect', [], group.interfacePath);
    return new Promise((resolve) => {
      const before = this.onLeft;
      const cancel = finder.ports.clock.setTimer(leaveMs, () => this.finished(group.interfacePath));
      this.onLeft = () => {
        cancel();
        before?.();
        resolve();
      };
    });
  }

  private left(): void {
    const { onLeft } = this;
    this.onLeft = undefined;
    onLeft?.();
  }

  private giveUp(attempt: Attempt): void {
    this.finder.tell('Cancel', []);
    this.endAttempt(attempt);
  }

  private fail(attempt: Attempt | undefined, error: AssociationError, reason: string): void {
    if (!attempt || this.attempt !== attempt) return;
    this.endAttempt(attempt);
    this.refuse(attempt.peer, attempt.number, error, reason);
  }

  private endAttempt({ peer }: Attempt): void {
    this.attempt = undefined;
    peer.link = { kind: 'idle' };
    this.finder.reportPeers([peer]);
    this.finder.forgetLost(peer);
  }

  private refuse(peer: Peer, attempt: number, error: AssociationError, reason: string): void {
    const network = peer.fact(this.finder.id).id;
    this.finder.ports.onEvent({ kind: 'failed', network, attempt, error, reason });
  }
}

/** As the user chose, as the peer wants it, or by the button; undefined where a PIN is needed. */
function provisioningOf(peer: Peer, wps: { readonly pin?: Secret } | undefined): Provisioning | undefined {
  const { invitation } = peer;
  if (invitation?.method === 'display') return invitation;
  if (wps?.pin) return { method: 'keypad', pin: wps.pin.reveal() };
  if (wps || peer.hasButton) return { method: 'pbc' };
  return undefined;
}
