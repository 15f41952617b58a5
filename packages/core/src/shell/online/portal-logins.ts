/** Carries out logins at portals (WISPr; ConnMan rule 133): the effect in, its outcome out. */
import type { LoginOutcome, LoginRequest } from '../../model/online/portal-login';
import type { Secrets } from '../secrets';
import { logIn } from './portal-login';
import { ServiceWeb, type WebPorts } from './service-web';

/** All of a login has an end, however many answers are pending. */
const loginMs = 60_000;

export class PortalLogins {
  private readonly ports: WebPorts;
  private readonly secrets: Pick<Secrets, 'reveal'>;

  constructor(ports: WebPorts, secrets: Pick<Secrets, 'reveal'>) {
    this.ports = ports;
    this.secrets = secrets;
  }

  logIn({ form, username, password, path, family, origin }: LoginRequest, done: (outcome: LoginOutcome) => void): void {
    const web = new ServiceWeb(this.ports, { ...path, family }, AbortSignal.timeout(loginMs));
    void logIn(web, form, { username, password: this.secrets.reveal(password) }, origin).then(done);
  }
}
