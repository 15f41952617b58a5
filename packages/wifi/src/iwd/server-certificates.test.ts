import { X509Certificate } from 'node:crypto';
import { OsError, silentLogger } from '@connman/base';
import { type Associate, type EapProfile, networkId } from '@connman/contracts';
import type { PacketOptions, PacketPort } from '@connman/ports';
import { MemoryFiles } from '@connman/testkit';
import { conversation, failure, serverSha256 as sha256 } from '../../test/eap-conversation';
import { ServerCertificates } from './server-certificates';

const folder = '/var/lib/connman/server-certificates';

const commandWith = (eap: EapProfile): Associate => ({
  kind: 'associate',
  network: networkId('wifi:02/436f7270_managed_ieee8021x'),
  attempt: 1,
  profile: { mac: { kind: 'permanent' }, eap },
});

const deaf = { shown: () => {}, refused: () => {} };

/** A link that shows frames to every listener. */
class Link implements PacketPort {
  readonly sockets: PacketOptions[] = [];

  open(options: PacketOptions) {
    this.sockets.push(options);
    return { send: () => {}, close: () => void this.sockets.splice(this.sockets.indexOf(options), 1) };
  }

  show(frames: readonly Uint8Array[]): void {
    for (const frame of frames)
      for (const { onPacket } of [...this.sockets]) onPacket(frame, { source: '' as never, checksumNotReady: false });
  }
}

test('a certificate that was heard and kept is what iwd is to demand, as its only authority', () => {
  const link = new Link();
  const certificates = new ServerCertificates({ packets: link, files: new MemoryFiles(), folder, log: silentLogger });
  const pinned = commandWith({ method: 'peap', pinnedServerCertificate: sha256 });
  expect(certificates.withPinned(pinned)).toBe(pinned);

  certificates.watch(3, { shown: (certificate) => certificates.keep(certificate), refused: () => {} });
  expect(link.sockets[0]).toMatchObject({ ifindex: 3, etherType: 0x888e });
  link.show(conversation);

  const { caCertificate } = certificates.withPinned(pinned).profile.eap ?? {};
  const pem = caCertificate && 'content' in caCertificate ? caCertificate.content : '';
  expect(pem).toMatch(/^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END CERTIFICATE-----\n$/);
  expect(new X509Certificate(pem)).toMatchObject({ subject: 'CN=radius.example.org', issuer: 'CN=Laboratory CA' });
});

test('a refusal by iwd is heard where the server gives up', () => {
  const link = new Link();
  const certificates = new ServerCertificates({ packets: link, files: new MemoryFiles(), folder, log: silentLogger });
  let refusals = 0;
  certificates.watch(3, { ...deaf, refused: () => void refusals++ });
  link.show(conversation.slice(0, 3));
  expect(refusals).toBe(0);
  link.show([failure]);
  expect(refusals).toBe(1);
});

test('a configured authority counts more than a kept certificate', () => {
  const files = new MemoryFiles();
  files.writeAtomic(`${folder}/5e.pem`, 'PEM');
  const certificates = new ServerCertificates({ packets: new Link(), files, folder, log: silentLogger });
  const command = commandWith({ method: 'peap', pinnedServerCertificate: '5e', caCertificate: { path: '/ca.pem' } });
  expect(certificates.withPinned(command)).toBe(command);
});

test('sockets are closed one by one, all together, and after a fault of the link', () => {
  const link = new Link();
  const certificates = new ServerCertificates({ packets: link, files: new MemoryFiles(), folder, log: silentLogger });
  for (const ifindex of [3, 4, 5]) certificates.watch(ifindex, deaf);
  certificates.stop(3);
  expect(link.sockets.map(({ ifindex }) => ifindex)).toEqual([4, 5]);
  link.sockets[0]?.onError(new OsError('recv', 100, 'packet socket of link 4'));
  expect(link.sockets.map(({ ifindex }) => ifindex)).toEqual([5]);
  certificates.close();
  expect(link.sockets).toEqual([]);
});

test('a link that cannot be listened on is joined all the same', () => {
  const packets: PacketPort = {
    open: () => {
      throw new OsError('bind', 100, 'packet socket of link 3');
    },
  };
  const certificates = new ServerCertificates({ packets, files: new MemoryFiles(), folder, log: silentLogger });
  expect(() => certificates.watch(3, deaf)).not.toThrow();
});
