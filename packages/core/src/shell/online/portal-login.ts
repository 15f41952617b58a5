/** Portals that take a name and a password from a program (WISPr; ConnMan rule 133): finding the form, and sending it. */
import type { Secret } from '@connman/base';
import type { PortalForm } from '../../model/online/online-machine';
import type { LoginOutcome } from '../../model/online/portal-login';
import { type ServiceWeb, webUrl } from './service-web';
import { readWispr, type WisprMessage } from './wispr';

const pageMs = 3_000;
const answerMs = 10_000;
const maxProxies = 3;
const maxPolls = 10;
const type = { redirect: 100, proxy: 110, authentication: 120, result: 140 } as const;
const code = { ok: 0, loggedIn: 50, refused: 100, pending: 201 } as const;

/** The form of the portal whose page this is; undefined where a browser is needed. */
export async function findLoginForm(web: ServiceWeb, page: URL): Promise<PortalForm | undefined> {
  let url: URL | undefined = page;
  for (let proxies = 0; url && proxies <= maxProxies; proxies++) {
    const message = await firstMessage(web, url, { timeoutMs: pageMs });
    if (typeof message === 'string' || message.responseCode !== code.ok) return undefined;
    // A password in the clear can be read on the way.
    if (message.messageType === type.redirect)
      return message.loginUrl.startsWith('https://') ? formAt(message.loginUrl) : undefined;
    url = message.messageType === type.proxy ? webUrl(message.nextUrl, url) : undefined;
  }
  return undefined;
}

function formAt(text: string): PortalForm | undefined {
  const url = webUrl(text)?.href;
  return url === undefined ? undefined : { url };
}

export interface Credentials {
  readonly username: string;
  readonly password: Secret;
}

/** `origin` is the page that was asked for when the portal came in the way. */
export async function logIn(
  web: ServiceWeb,
  form: PortalForm,
  { username, password }: Credentials,
  origin: string,
): Promise<LoginOutcome> {
  const fields = {
    UserName: username,
    Password: password.reveal(),
    button: 'Login',
    FNAME: '0',
    OriginatingServer: origin,
  };
  let message = await firstMessage(web, new URL(form.url), { form: new URLSearchParams(fields), timeoutMs: answerMs });
  for (let polls = 0; polls < maxPolls; polls++) {
    if (typeof message === 'string') return { kind: 'failed', reason: message };
    const { messageType, responseCode, resultsUrl, replyMessage } = message;
    if (messageType !== type.authentication && messageType !== type.result)
      return { kind: 'failed', reason: `WISPr message ${messageType} instead of the result` };
    if (responseCode === code.loggedIn) return { kind: 'accepted' };
    if (responseCode === code.refused) return { kind: 'refused', reason: replyMessage || 'name or password is wrong' };
    const next = responseCode === code.pending ? webUrl(resultsUrl) : undefined;
    if (!next) return { kind: 'failed', reason: `WISPr code ${responseCode}${replyMessage && `: ${replyMessage}`}` };
    message = await firstMessage(web, next, { timeoutMs: answerMs });
  }
  return { kind: 'failed', reason: 'the result of the login stays pending' };
}

/** The first WISPr message on the way that redirects lead, or why there is none. */
async function firstMessage(
  web: ServiceWeb,
  url: URL,
  wish: { readonly form?: URLSearchParams; readonly timeoutMs: number },
): Promise<WisprMessage | string> {
  let reason = 'no WISPr message';
  for await (const page of web.follow(url, wish)) {
    if (!page.ok) return `${url.host}: ${page.error}`;
    const message = readWispr(page.value.body);
    if (message) return message;
    reason = `${url.host} sent HTTP status ${page.value.status} without a WISPr message`;
  }
  return reason;
}
