import { wpadHosts } from './proxy-search';

test.each([
  ['lab.example', ['wpad.lab.example']],
  ['desk.office.example.com', ['wpad.desk.office.example.com', 'wpad.office.example.com', 'wpad.example.com']],
  ['office.example.co.uk', ['wpad.office.example.co.uk', 'wpad.example.co.uk']],
  ['example.co.uk', ['wpad.example.co.uk']],
  ['office.example.de', ['wpad.office.example.de', 'wpad.example.de']],
  ['home', ['wpad.home']],
  ['office.example.', ['wpad.office.example']],
  ['', []],
])('in %s a proxy is looked for as %j (rule 135)', (domain, hosts) => {
  expect(wpadHosts(domain)).toEqual(hosts);
});
