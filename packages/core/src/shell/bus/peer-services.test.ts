/** RegisterPeerService and UnregisterPeerService: what a specification may be, and that it ends with its client. */
import { byte, bytes, int32, type MethodCall, replyLater, str, type Variant } from '@connman/dbus';
import type { Intent } from '../../events';
import { PeerServices, parsePeerService } from './peer-services';

const query = bytes(Uint8Array.of(0x0b, 0x01));
const response = bytes(Uint8Array.of(0x0c));
const parse = (specification: Record<string, Variant>) => parsePeerService(new Map(Object.entries(specification)));

test.each([
  [
    { BonjourQuery: query, BonjourResponse: response },
    { kind: 'bonjour', query: '0b01', response: '0c' },
  ],
  [
    { UpnpService: str('uuid:x'), UpnpVersion: int32(16) },
    { kind: 'upnp', version: 16, service: 'uuid:x' },
  ],
  [{ WiFiDisplayIEs: query }, { kind: 'display', elements: '0b01' }],
])('a specification of each kind: %#', (specification, service) => {
  expect(parse(specification as unknown as Record<string, Variant>)).toEqual(service);
});

test.each([
  ['nothing', {}],
  ['half of one', { BonjourQuery: query }],
  ['no version', { UpnpService: str('uuid:x') }],
  ['a version out of range', { UpnpService: str('uuid:x'), UpnpVersion: int32(0) }],
  ['another type', { UpnpService: str('uuid:x'), UpnpVersion: byte(16) }],
  ['no bytes', { WiFiDisplayIEs: bytes(new Uint8Array(0)) }],
  ['too many bytes', { WiFiDisplayIEs: bytes(new Uint8Array(5000)) }],
])('a specification of %s is InvalidArguments', (_what, specification) => {
  expect(() => parse(specification as unknown as Record<string, Variant>)).toThrow(
    expect.objectContaining({ errorName: 'net.connman.Error.InvalidArguments' }),
  );
});

test('what a client has registered ends when it leaves the bus', () => {
  const intents: Intent[] = [];
  const left = new Map<string, () => void>();
  const services = new PeerServices({
    bus: {
      watchName: (name, gone) => {
        left.set(name, gone);
        return () => left.delete(name);
      },
    },
    calls: {
      ask: (_, intent) => {
        intents.push(intent);
        return replyLater;
      },
      tell: (intent) => intents.push(intent),
    },
  });
  const call = { sender: ':1.7' } as MethodCall<''>;
  const specification = new Map([['WiFiDisplayIEs', response]]);
  services.register(specification, true, call);
  services.unregister(specification, call);
  left.get(':1.7')?.();
  const service = { kind: 'display', elements: '0c' };
  expect(intents).toEqual([
    { kind: 'register-peer-service', owner: ':1.7', service, isMaster: true },
    { kind: 'unregister-peer-service', owner: ':1.7', service },
    { kind: 'end-peer-services', owner: ':1.7' },
  ]);
  services.register(specification, false, call);
  services.close();
  expect(left.size).toBe(0);
});
