/** The daemon's configuration: an addition to ConnMan's interfaces, on an object of its own. */
import { defineInterface } from '@connman/dbus';

export const configurationPath = '/net/connman/configuration';

export const configurationInterface = defineInterface({
  name: 'net.connman.Configuration',
  methods: {
    /**
     * Reads main.conf again. `applied`: keys that changed and are in force; `at_next_start`: those that differ from what the
     * daemon was started with and wait for a restart. Failed if the file cannot be read: the settings in force stay.
     */
    Reload: { in: '', out: 'as applied, as at_next_start' },
  },
  signals: {},
});
