/** The page of the onboarding access point: networks to choose from, a passphrase, and what came of the last try. Without scripts. */
import type { PortalView } from '../../model/onboarding/onboarding';

/** While a network is tried the page looks again by itself. */
const refreshSeconds = 3;

const style =
  'body{font:1.1em sans-serif;max-width:30em;margin:1em auto;padding:0 1em}label{display:block;padding:.5em 0}' +
  'input[type=password],button{font:inherit;width:100%;padding:.5em;box-sizing:border-box}' +
  '.failure{background:#fdd;padding:.7em}small{color:#555}';

/** `ofForm`: what is wrong with the form that was sent. */
export function pageOf({ networks, joining, failure }: PortalView, token: string, ofForm = ''): string {
  const isJoining = joining !== undefined;
  const refresh = isJoining ? `<meta http-equiv="refresh" content="${refreshSeconds}; url=/">` : '';
  const complaint = ofForm || failure;
  const alert = complaint === '' ? '' : `<p class="failure" role="alert">${escaped(complaint)}</p>`;
  const body = isJoining ? waiting(joining) : alert + formOf(networks, token);
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}`;
  return `<!doctype html><html lang="en"><head>${head}<title>Choose a network</title><style>${style}</style></head><body><h1>Choose a network</h1>${body}</body></html>\n`;
}

const waiting = (ssid: string) =>
  `<p>Connecting to <b>${nameOf(ssid)}</b>.</p><p>The access point may be gone for some seconds. If it comes back, this page has the reason; if it stays away, it worked.</p>`;

function formOf(networks: PortalView['networks'], token: string): string {
  if (networks.length === 0) return '<p>No network is in range. <a href="/">Look again</a></p>';
  const choices = networks.map(({ ssid, security, strength }, place) => {
    const about = `${security === 'none' ? 'open' : 'with a passphrase'}, ${strength} %`;
    const mark = place === 0 ? ' checked' : '';
    return `<label><input type="radio" name="ssid" value="${ssid}" required${mark}> ${nameOf(ssid)} <small>${about}</small></label>`;
  });
  const passphrase =
    '<label>Passphrase <input type="password" name="passphrase" maxlength="64" autocomplete="off"></label>';
  return `<form method="post" action="/join" accept-charset="utf-8"><input type="hidden" name="token" value="${token}">${choices.join('')}${passphrase}<button>Connect</button></form>`;
}

/** SSIDs are any bytes: control characters, and those that turn the direction of writing, are not shown. */
function nameOf(ssid: string): string {
  return escaped(
    Buffer.from(ssid, 'hex')
      .toString()
      .replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd'),
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
