// Whose connmand mirrors the connections: Debian's until ours does, or as E2E_SUBJECT says.
import { debian, ours, type Subject } from '../netns/lab/subject';

export const subjectForVpn: Subject = process.env.E2E_SUBJECT === 'ours' ? ours : debian;
