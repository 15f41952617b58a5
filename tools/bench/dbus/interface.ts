/** What the servers of the benchmark offer. */
import { defineInterface } from '@connman/dbus';

export const benchInterface = defineInterface({
  name: 'org.example.Bench',
  methods: {
    Echo: { in: 's text', out: 's text' },
    GetProperties: { in: '', out: 'a{sv} properties' },
    GetServices: { in: '', out: 'a(oa{sv}) services' },
  },
  signals: {},
});
