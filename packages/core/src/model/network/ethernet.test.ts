import { cable } from '@connman/contracts';
import type { LinkFact } from '@connman/netlink';
import { ethernetDevice } from './ethernet';
import { networkOf } from './network';

test.each([
  [{ mac: '02:00:c0:ff:ee:01' }, 'ethernet_0200c0ffee01_cable'],
  [{ mac: '02:00:c0:ff:ee:01', kind: 'vlan', vlanId: 42 }, 'ethernet_0200c0ffee01_02a_cable'],
  [{ mac: '02:00:c0:ff:ee:01', physicalPort: 'p1' }, 'ethernet_0200c0ffee01_p01_cable'],
  [{ mac: '02:00:c0:ff:ee:01', physicalPort: 'p1', kind: 'vlan', vlanId: 4094 }, 'ethernet_0200c0ffee01_p01_ffe_cable'],
  [{ mac: '02:00:c0:ff:ee:01', physicalPort: 'pf0vf1' }, 'ethernet_0200c0ffee01_cable'],
])('%o is the service %s', (over, expected) => {
  const link = { ifindex: 2, name: 'eth0', up: true, kind: '', vlanId: 0, physicalPort: '', ...over } as LinkFact;
  expect(networkOf(ethernetDevice(link), cable(2)).serviceId).toBe(expected);
});
