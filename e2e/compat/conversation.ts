// The conversation every pair of client and daemon has: what a wired machine can be asked and told.
import { dictionary } from '../netns/lab/view';
import type { Scene, Step } from './session';

const online = ({ lab }: Scene) => lab.connman.untilOnline('eth0');
const idle = ({ lab }: Scene) => lab.connman.until('the service idle', (view) => view.serviceState('eth0') === 'idle');
const property =
  (name: string, value: string) =>
  ({ lab }: Scene) =>
    lab.connman.until(`${name} ${value}`, (view) => JSON.stringify(view.service('eth0')?.properties[name]) === value);
const address =
  (pattern: RegExp) =>
  async ({ lab }: Scene) => {
    const current = () => dictionary(lab.connman.service('eth0')?.properties.IPv4).Address;
    await lab.connman.until(`an address like ${pattern}`, () => pattern.test(String(current())));
    await lab.connman.untilOnline('eth0');
  };

export const conversation: readonly Step[] = [
  { command: 'state' },
  { command: 'technologies' },
  { command: 'services' },
  { command: 'services ID' },

  {
    command: 'config ID --nameservers 10.77.1.1 192.0.2.53',
    until: property('Nameservers.Configuration', '["10.77.1.1","192.0.2.53"]'),
  },
  { command: 'config ID --timeservers time.test', until: property('Timeservers.Configuration', '["time.test"]') },
  {
    command: 'config ID --domains one.test two.test',
    until: property('Domains.Configuration', '["one.test","two.test"]'),
  },
  { command: 'config ID --proxy direct' },
  { command: 'config ID --autoconnect off', until: property('AutoConnect', 'false') },
  { command: 'services' },
  { command: 'config ID --autoconnect yes', until: property('AutoConnect', 'true') },
  { command: 'config ID --ipv4 manual 10.77.1.42 255.255.255.0 10.77.1.1', until: address(/^10\.77\.1\.42$/) },
  { command: 'services ID' },
  { command: 'config ID --ipv4 dhcp', until: address(/^10\.77\.1\.1\d\d$/) },
  { command: 'config ID' },

  { command: 'disconnect ID', until: idle },
  { command: 'disconnect ID' },
  { command: 'state' },
  { command: 'services' },
  { command: 'connect ID', until: online },
  { command: 'connect ID' },

  { command: 'enable ethernet' },
  {
    command: 'disable ethernet',
    until: ({ lab }) => lab.connman.until('no service', (view) => view.services.length === 0),
  },
  { command: 'disable ethernet' },
  { command: 'services' },
  { command: 'technologies' },
  { command: 'enable ethernet', until: online },
  { command: 'enable offline', until: ({ lab }) => lab.connman.until('offline', (view) => view.state === 'offline') },
  { command: 'state' },
  { command: 'disable offline', until: online },

  // What is refused, and how.
  { command: 'enable wifi' },
  { command: 'enable' },
  { command: 'enable a b' },
  { command: 'connect' },
  { command: 'connect nosuchservice' },
  { command: 'connect no/such' },
  { command: 'services nosuchservice' },
  { command: 'disconnect nosuchservice' },
  { command: 'move-before ID ID' },
  { command: 'move-after ID nosuchservice' },
  { command: 'move-after ID' },
  { command: 'config' },
  { command: 'config ID --nosuch 1' },
  { command: 'config ID --autoconnect maybe' },
  { command: 'config ID --ipv4 nosuch' },
  { command: 'config nosuchservice --autoconnect on' },
  { command: 'scan ethernet' },
  { command: 'scan' },
  { command: 'tether' },
  { command: 'tether ethernet' },
  { command: 'tether ethernet maybe' },
  { command: 'tether ethernet off' },
  { command: 'tether ethernet on One' },
  { command: 'tether wifi on One long-enough 2437 more' },
  { command: 'tether wifi freq' },
  { command: 'tethering_clients' },
  { command: 'nosuchcommand' },
  { command: 'agent on' },
  { command: 'state more' },
  { command: 'quit' },

  {
    command: '',
    typed: [
      ['state', /SessionMode/],
      ['services', /Wired/],
      ['agent on', /Agent registered/],
      ['agent on', /already registered/],
      ['agent off', /Agent unregistered/],
      ['agent off', /not registered/],
      ['nosuchcommand', /Unknown command/],
      ['connect', /Invalid argument/],
      ['services nosuchservice', /doesn't exist/],
      ['scan ethernet', /Not supported/],
    ],
  },
];
