// The daemons that can be tried in the guest: ours as built in this checkout, and Debian's as the reference.
import { ours, type Subject } from '../../netns/lab/subject';

/** The guest's root has Debian's packages in their usual places. */
const debian: Subject = {
  name: 'debian',
  daemon: ['/usr/sbin/connmand', '-n'],
  client: ['/usr/bin/connmanctl'],
  env: {},
  offload: false,
};

export const subjectInGuest: Subject = process.env.E2E_SUBJECT === 'debian' ? debian : ours;
