import type { LinkFact } from '@connman/netlink';
import { cableOf, ethernetDevice } from './ethernet';

test.each([
  [{ mac: '02:00:c0:ff:ee:01' }, 'ethernet_0200c0ffee01_cable'],
  [{ mac: '02:00:c0:ff:ee:01' }, 'gadget_0200c0ffee01_usb', 'gadget'],
  [{ mac: '02:00:c0:ff:ee:01', kind: 'vlan', vlanId: 42 }, 'ethernet_0200c0ffee01_02a_cable'],
  [{ mac: '02:00:c0:ff:ee:01', physicalPort: 'p1' }, 'ethernet_0200c0ffee01_p01_cable'],
  [{ mac: '02:00:c0:ff:ee:01', physicalPort: 'p1', kind: 'vlan', vlanId: 4094 }, 'ethernet_0200c0ffee01_p01_ffe_cable'],
  [{ mac: '02:00:c0:ff:ee:01', physicalPort: 'pf0vf1' }, 'ethernet_0200c0ffee01_cable'],
])('%o is the service %s', (over, expected, deviceType = '') => {
  const link = { ifindex: 2, name: 'eth0', up: true, kind: '', vlanId: 0, physicalPort: '', ...over } as LinkFact;
  expect(cableOf(ethernetDevice(link, deviceType), 2).serviceId).toBe(expected);
});
