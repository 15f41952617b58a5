/** connman-ntp: the NTP component as a program of its own on the bus, with no more privileges than its sockets and the clock need. */
import { exportNtp, ntpBusName } from '@connman/contracts';
import {
  bootClock,
  capability,
  createSecureStreamPort,
  createStreamPort,
  kernelEntropy,
  runComponent,
  stampedDatagramPort,
  systemClock,
  systemNameResolver,
} from '@connman/linux';
import { createNtpComponent } from './component';

declare const BUILD_VERSION: string;

runComponent({
  name: 'connman-ntp',
  busName: ntpBusName,
  setting: 'Ntp=bus',
  version: BUILD_VERSION,
  // Sockets are bound to links without a capability since Linux 5.7.
  keep: [capability.sysTime],
  left: 'the clock runs on as it is',
  offer: (bus, log) =>
    exportNtp(
      bus,
      createNtpComponent({
        clock: bootClock,
        systemClock,
        entropy: kernelEntropy,
        datagrams: stampedDatagramPort,
        secureStreams: createSecureStreamPort(createStreamPort(bootClock)),
        names: systemNameResolver,
        log,
      }),
    ),
});
