/** Our tables against what ConnMan offers, member by member. */
import { compareInterfaces, type InterfaceSpec } from '@connman/dbus';
import {
  agentInterface,
  clockInterface,
  connmanError,
  connmanErrors,
  errnoError,
  isConnmanError,
  managerInterface,
  notificationInterface,
  peerInterface,
  serviceInterface,
  sessionInterface,
  technologyInterface,
  vpnAgentInterface,
  vpnConnectionInterface,
  vpnManagerInterface,
} from '../src';
import contract from './connman-interfaces.json';

const interfaces = contract.interfaces as unknown as readonly InterfaceSpec[];
const ours = [managerInterface, technologyInterface, serviceInterface, clockInterface, agentInterface];

test.each(ours.map((spec) => [spec.name, spec] as const))('%s is ConnMan’s, letter for letter', (name, spec) => {
  const theirs = interfaces.filter((one) => one.name === name);
  expect(theirs).toHaveLength(1);
  expect(compareInterfaces(theirs, [spec])).toEqual({ missing: [], different: [], extra: [] });
});

const clientTables = [
  peerInterface,
  sessionInterface,
  notificationInterface,
  vpnManagerInterface,
  vpnConnectionInterface,
  vpnAgentInterface,
];

test.each(clientTables.map((spec) => [spec.name, spec] as const))('what we use of %s is ConnMan’s', (name, spec) => {
  const theirs = interfaces.filter((one) => one.name === name);
  expect(compareInterfaces(theirs, [spec])).toMatchObject({ different: [], extra: [] });
});

test('every error has ConnMan’s name and text', () => {
  expect(connmanErrors).toEqual(contract.errors);
  const error = connmanError('NotFound');
  expect([error.errorName, error.message]).toEqual(['net.connman.Error.NotFound', 'Not found']);
  expect([isConnmanError(error, 'NotFound'), isConnmanError(error, 'Failed')]).toEqual([true, false]);
});

test.each([
  ['EINVAL', 'net.connman.Error.InvalidArguments', 'Invalid arguments'],
  ['EACCES', 'net.connman.Error.PermissionDenied', 'Permission denied'],
  ['EALREADY', 'net.connman.Error.InProgress', 'In progress'],
  ['EBUSY', 'net.connman.Error.Failed', 'Device or resource busy'],
  ['EIO', 'net.connman.Error.Failed', 'Input/output error'],
  ['EXDEV', 'net.connman.Error.Failed', 'EXDEV'],
])('%s is %s, "%s"', (code, name, text) => {
  const error = errnoError(code);
  expect([error.errorName, error.message]).toEqual([name, text]);
});
