export { parseAddresses, systemBusAddress } from './address';
export { Bus, type BusOptions } from './bus';
export { BusError, busErrorName } from './bus-error';
export { compareInterfaces, type Difference, type Introspection, parseIntrospection } from './compare';
export { type ConnectionLimits, defaultLimits } from './connection';
export { type DecodeOptions, unmarshal } from './decode';
export { marshal } from './encode';
export { type FollowedProgram, followProgram } from './follow-program';
export { defineInterface, type InterfaceSpec, type MethodSpec, selectMembers } from './interface';
export type { SignalMatch } from './match-rule';
export { type Handlers, type MethodCall, replyLater } from './method-call';
export {
  type MirroredInterfaces,
  MirroredObjects,
  type MirroredProperties,
  type MirrorListener,
} from './mirrored-objects';
export {
  isBusName,
  isInterfaceName,
  isMemberName,
  isObjectPath,
  isUniqueName,
} from './names';
export { nodeBusStream } from './node-stream';
export type { Exported, ExportOptions } from './object-tree';
export type { PropertyTable } from './properties';
export { Refusals } from './refusals';
export type { CallOptions, ObjectAddress, RemoteObject } from './remote-object';
export type { SignalSource } from './signals';
export { parseSignature, type Type, typesOf } from './signature';
export { introspectableInterface, objectManagerInterface, propertiesInterface } from './standard';
export type { AnswerOf, ArgsOf, ValueOf } from './types';
export {
  bool,
  byte,
  bytes,
  dict,
  double,
  int16,
  int32,
  int64,
  objectPath,
  type Properties,
  str,
  strings,
  uint16,
  uint32,
  uint64,
  Variant,
  variant,
} from './variant';
