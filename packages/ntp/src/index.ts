/** Time synchronisation as a part of another program. */
export type { NtpPorts } from './client';
export { createNtpComponent } from './component';
