/** What a network says itself of its captive portal: the Captive Portal API (RFC 8908). */
import { err, ok, type Result } from '@connman/base';
import { isObject, parseJson } from '../json';
import { type ServiceWeb, webUrl } from './service-web';

export interface PortalStatus {
  readonly isCaptive: boolean;
  /** Where the user logs in. */
  readonly userPortalUrl?: string;
  /** How long the machine is let through. */
  readonly sessionMs?: number;
}

const timeoutMs = 3_000;
const contentType = 'application/captive+json';
/** Longer than that is as good as for ever, and a timer takes no more. */
const maxSessionSeconds = 7 * 24 * 3600;

/** Section 4: over TLS, and the certificate has to hold. */
export async function askPortalApi(web: ServiceWeb, url: string): Promise<Result<PortalStatus, string>> {
  const answer = await web.fetch(new URL(url), { accept: contentType, timeoutMs });
  if (!answer.ok) return answer;
  const { status, contentType: type, body } = answer.value;
  if (status !== 200) return err(`HTTP status ${status}`);
  if (type !== contentType && type !== 'application/json') return err(`sent ${type || 'no type'}, not ${contentType}`);
  return readPortalStatus(body);
}

/** Section 5. */
export function readPortalStatus(body: string): Result<PortalStatus, string> {
  const value = parseJson(body);
  if (!isObject(value) || typeof value.captive !== 'boolean') return err('sent JSON without the key "captive"');
  const page = value['user-portal-url'];
  const userPortalUrl = typeof page === 'string' ? webUrl(page)?.href : undefined;
  const seconds = value['seconds-remaining'];
  const hasEnd = Number.isInteger(seconds) && (seconds as number) >= 0 && (seconds as number) <= maxSessionSeconds;
  return ok({
    isCaptive: value.captive,
    ...(userPortalUrl !== undefined && { userPortalUrl }),
    ...(hasEnd && { sessionMs: (seconds as number) * 1000 }),
  });
}
