/** connman-dhcp: the DHCP component as a program of its own on the bus, with no more privileges than its sockets need. */
import { dhcpBusName, exportDhcp } from '@connman/contracts';
import {
  bootClock,
  capability,
  datagramPort,
  kernelEntropy,
  linkAddresses,
  packetPort,
  runComponent,
} from '@connman/linux';
import { createDhcpComponent } from './component';
import { Dhcp6Client } from './v6/client';

declare const BUILD_VERSION: string;

runComponent({
  name: 'connman-dhcp',
  busName: dhcpBusName,
  setting: 'Dhcp=bus',
  version: BUILD_VERSION,
  // Packet sockets, and ports 68 and 546.
  keep: [capability.netRaw, capability.netBindService],
  left: 'leases stay as they are',
  offer: (bus, log) =>
    exportDhcp(
      bus,
      createDhcpComponent({
        clock: bootClock,
        entropy: kernelEntropy,
        packets: packetPort,
        datagrams: datagramPort,
        linkAddresses,
        loadDhcp6: () => Dhcp6Client,
        log,
      }),
    ),
});
