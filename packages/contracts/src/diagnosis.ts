/** Why a service is as it is, and what the kernel is to be changed to: an addition to ConnMan's interfaces, on an object of its own. */
import { defineInterface } from '@connman/dbus';

export const diagnosisPath = '/net/connman/diagnosis';

export const diagnosisInterface = defineInterface({
  name: 'net.connman.Diagnosis',
  methods: {
    /** Each reason with a word that stays (`no-lease`) and a sentence for people; what matters most comes first. */
    Why: { in: 'o service', out: 'a(ss) reasons' },
    /** What an apply would change in the kernel now: kind (`put-route`), object, and what keeps it; empty at rest. */
    Plan: { in: '', out: 'a(sss) changes' },
    /**
     * Clients of the shared connection by their hardware addresses: Name, Addresses (as), and bytes that this machine has passed on
     * from them and to them: IPv4.Sent, IPv4.Received, IPv6.Sent, IPv6.Received (t).
     */
    TetheringClients: { in: '', out: 'a(sa{sv}) clients' },
    /** Counters since the start as OpenMetrics text: connects, failures, time to online, route switches, names, clients. */
    Metrics: { in: '', out: 's text' },
  },
  signals: {},
});
