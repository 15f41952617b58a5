/** The arguments of a message read by its table, and the file descriptors among them shared out. */
import { type DecodeError, err, ok, type Result } from '@connman/base';
import type { Connection } from './connection';
import { Decoder } from './decode';
import type { Arguments } from './interface';
import { type Message, messageType } from './message';

/**
 * Reads the body of a message whose signature is that of the list. File descriptors that are arguments belong to the
 * caller from now on; all others are closed here, so that no one can fill this program's table with them.
 */
export function readArguments(
  list: Arguments,
  message: Message,
  connection: Connection,
): Result<unknown[], DecodeError> {
  if (list.types.length === 0 && message.body.length === 0 && message.fds.length === 0) return ok([]);
  const { body, littleEndian, fds } = message;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const { replyValues, unsolicitedValues } = connection.limits;
  // Whose replies we read we have chosen; calls and signals come from anybody.
  const maxValues = message.type === messageType.reply ? replyValues : unsolicitedValues;
  const options = list.fds ? { littleEndian, fds, maxValues } : { littleEndian, maxValues };
  const decoder = new Decoder(bytes, 0, bytes.length, options);
  const values = decoder.values(list.types);
  decoder.finish();
  if (fds.length > 0) connection.discardFds(fds.filter((_, index) => decoder.failed || !decoder.hasTaken(index)));
  return decoder.failed ? err(decoder.error) : ok(values);
}
