import { connmanError } from '@connman/contracts';
import { hintFor } from './hints';

test('advice is given where an error has one cause, and not beside a cause that the daemon has named', () => {
  expect(hintFor(connmanError('PermissionDenied'))).toMatch(/^root may do this/);
  expect(hintFor(connmanError('PermissionDenied', 'a switch of the machine blocks wifi'))).toBeUndefined();
  expect(hintFor(connmanError('NoCarrier'))).toMatch(/^the link is down/);
  expect(hintFor(connmanError('NoCarrier', 'IPv4 and IPv6 are both off'))).toBeUndefined();
});
