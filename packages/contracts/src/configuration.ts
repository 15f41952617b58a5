/** The daemon's configuration: an addition to ConnMan's interfaces, on an object of its own. */
import { defineInterface } from '@connman/dbus';

export const configurationPath = '/net/connman/configuration';

/** After that a change is taken back whatever the caller says. */
export const longestTrialSeconds = 60;

export const configurationInterface = defineInterface({
  name: 'net.connman.Configuration',
  methods: {
    /**
     * Reads main.conf again. `applied`: keys that changed and are in force; `at_next_start`: those that differ from what the
     * daemon was started with and wait for a restart. Failed if the file cannot be read: the settings in force stay.
     */
    Reload: { in: '', out: 'as applied, as at_next_start' },
    /**
     * Sets properties of a service (names and values as of its SetProperty), and keeps them if they prove themselves. A proof is
     * `online`, `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; without any it is `online`. `needed`: how many of them are enough, 0
     * for all. Answers when the change is kept. Failed with what was not seen when it is taken back, after `seconds` at the latest;
     * InProgress while another change is tried.
     */
    Try: { in: 'o service, a(sv) settings, as proofs, u needed, u seconds', out: '' },
    /**
     * What setting these properties of a service would do now, and does not: changes of the kernel in their order, sysctls, and
     * DHCP clients that would begin or end. Kind (`put-route`), object, and what would become of it. Errors as of SetProperty.
     */
    PlanChange: { in: 'o service, a(sv) settings', out: 'a(sss) changes' },
  },
  signals: {},
});
