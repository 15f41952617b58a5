import type { LinkFact } from '@connman/netlink';
import { type Device, deviceIdent, serviceIdOf } from './device';

test.each([
  [{ mac: '02:00:c0:ff:ee:01' }, 'ethernet_0200c0ffee01_cable'],
  [{ mac: '02:00:c0:ff:ee:01', kind: 'vlan', vlanId: 42 }, 'ethernet_0200c0ffee01_02a_cable'],
  [{ mac: '02:00:c0:ff:ee:01', physicalPort: 'p1' }, 'ethernet_0200c0ffee01_p01_cable'],
  [{ mac: '02:00:c0:ff:ee:01', physicalPort: 'p1', kind: 'vlan', vlanId: 4094 }, 'ethernet_0200c0ffee01_p01_ffe_cable'],
  [{ mac: '02:00:c0:ff:ee:01', physicalPort: 'pf0vf1' }, 'ethernet_0200c0ffee01_cable'],
])('%o is the service %s', (over, expected) => {
  const link = { kind: '', vlanId: 0, physicalPort: '', ...over } as LinkFact;
  expect(serviceIdOf({ ident: deviceIdent(link) } as Device)).toBe(expected);
});
