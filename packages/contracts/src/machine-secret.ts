/**
 * A secret of this machine in a file, made when it is first needed, and what is derived from it: the same in each run, and nothing
 * that another machine could guess (RFC 7217 section 5).
 */
import { type Logger, OsError } from '@connman/base';
import type { Entropy, Files } from '@connman/ports';

export interface MachineSecretOptions {
  readonly files: Files;
  readonly file: string;
  readonly entropy: Entropy;
  readonly log: Logger;
  /** What another secret means to the user; it stands behind the fault in the log. */
  readonly consequence: string;
}

const secretBytes = 32;

/** Loaded when something is derived. */
const crypto = () => require('node:crypto') as typeof import('node:crypto');

export class MachineSecret {
  private readonly options: MachineSecretOptions;
  private secret: Uint8Array | undefined;

  constructor(options: MachineSecretOptions) {
    this.options = options;
  }

  /** 32 bytes that the text stands for. */
  derive(text: string): Uint8Array {
    this.secret ??= this.read() ?? this.draw();
    return hash(this.secret, text);
  }

  /** The same; undefined where there is no secret yet. */
  derived(text: string): Uint8Array | undefined {
    const secret = this.secret ?? this.read();
    return secret && hash(secret, text);
  }

  private read(): Uint8Array | undefined {
    const { files, file, log, consequence } = this.options;
    try {
      const text = files.read(file)?.trim();
      if (text === undefined) return undefined;
      if (/^[0-9a-f]{64}$/.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
      log.warning(`${file}: expected 64 hexadecimal digits; a new secret is made, and ${consequence}`);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      log.warning(`${file} cannot be read: ${error.message}; a new secret is made, and ${consequence}`);
    }
    return undefined;
  }

  private draw(): Uint8Array {
    const { files, file, entropy, log, consequence } = this.options;
    const secret = entropy.bytes(secretBytes);
    try {
      files.writeAtomic(file, `${Buffer.from(secret).toString('hex')}\n`, 0o600);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      log.warning(`${file} cannot be written: ${error.message}; ${consequence} after the next start`);
    }
    return secret;
  }
}

function hash(secret: Uint8Array, text: string): Uint8Array {
  return new Uint8Array(crypto().createHmac('sha256', secret).update(text).digest());
}
