/** NLMSG_ERROR and NLMSG_DONE: how a request ended, with the kernel's own words (extended acknowledgement). */
import { AttributeReader, HEADER_BYTES, int32, NLM_F_ACK_TLVS, NLM_F_CAPPED, uint32 } from './wire';

export interface Acknowledgement {
  /** Positive; 0 is success. */
  readonly errno: number;
  /** NLMSGERR_ATTR_MSG; empty if the kernel has nothing to add. */
  readonly message: string;
}

const NLMSGERR_ATTR_MSG = 1;

function messageOf(attributes: AttributeReader): string {
  while (attributes.next()) if (attributes.type === NLMSGERR_ATTR_MSG) return attributes.text();
  return '';
}

/** The body of an NLMSG_ERROR; undefined if it is cut short. */
export function decodeError(bytes: Uint8Array, flags: number, start: number, end: number): Acknowledgement | undefined {
  if (end - start < 4 + HEADER_BYTES) return undefined;
  const errno = Math.abs(int32(bytes, start));
  let attributesAt = start + 4 + HEADER_BYTES;
  // A failed request is quoted whole in front of the attributes unless it was capped; a successful one never is.
  if (errno !== 0 && !(flags & NLM_F_CAPPED)) attributesAt = start + 4 + ((uint32(bytes, start + 4) + 3) & ~3);
  const message =
    flags & NLM_F_ACK_TLVS && attributesAt < end ? messageOf(new AttributeReader(bytes, attributesAt, end)) : '';
  return { errno, message };
}

/** The body of an NLMSG_DONE: how the dump ended. Older kernels send none. */
export function decodeDone(bytes: Uint8Array, flags: number, start: number, end: number): Acknowledgement {
  if (end - start < 4) return { errno: 0, message: '' };
  const errno = Math.abs(int32(bytes, start));
  const message = flags & NLM_F_ACK_TLVS ? messageOf(new AttributeReader(bytes, start + 4, end)) : '';
  return { errno, message };
}
