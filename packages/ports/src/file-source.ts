/** One file that others write and we read again when it has changed. */
export interface FileSource {
  /** Changes whenever the file does; `''` when there is none. Cheap. */
  stamp(): string;
  /** Its text; `''` when there is none or it cannot be read. */
  read(): string;
}
