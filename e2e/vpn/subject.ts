// Whose connmand mirrors the connections: ours, or Debian's with E2E_SUBJECT=debian.
import { debian, ours, type Subject } from '../netns/lab/subject';

export const subjectForVpn: Subject = process.env.E2E_SUBJECT === 'debian' ? debian : ours;
