/** An error that travels on the bus: a name that programs compare and a text that people read. */

export class BusError extends Error {
  override readonly name = 'BusError';
  /** `net.connman.Error.InProgress` */
  readonly errorName: string;

  constructor(errorName: string, text: string) {
    super(text);
    this.errorName = errorName;
  }
}

/** The names of the specification and of the reference implementation that this package itself uses. */
export const busErrorName = {
  failed: 'org.freedesktop.DBus.Error.Failed',
  noReply: 'org.freedesktop.DBus.Error.NoReply',
  disconnected: 'org.freedesktop.DBus.Error.Disconnected',
  invalidArgs: 'org.freedesktop.DBus.Error.InvalidArgs',
  limitsExceeded: 'org.freedesktop.DBus.Error.LimitsExceeded',
  notSupported: 'org.freedesktop.DBus.Error.NotSupported',
  nameHasNoOwner: 'org.freedesktop.DBus.Error.NameHasNoOwner',
  serviceUnknown: 'org.freedesktop.DBus.Error.ServiceUnknown',
  unknownMethod: 'org.freedesktop.DBus.Error.UnknownMethod',
  unknownObject: 'org.freedesktop.DBus.Error.UnknownObject',
  unknownProperty: 'org.freedesktop.DBus.Error.UnknownProperty',
  propertyReadOnly: 'org.freedesktop.DBus.Error.PropertyReadOnly',
  unknownInterface: 'org.freedesktop.DBus.Error.UnknownInterface',
} as const;
