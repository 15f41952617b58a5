/** The component behind its contract. */
import type { NtpComponent, NtpEvent } from '@connman/contracts';
import { NtpClient, type NtpPorts } from './client';

export function createNtpComponent(ports: NtpPorts): NtpComponent {
  const listeners: ((event: NtpEvent) => void)[] = [];
  const client = new NtpClient(ports, (event) => {
    for (const listener of listeners) listener(event);
  });
  return {
    start: (request) => client.start(request),
    stop: () => client.stop(),
    onEvent: (listener) => listeners.push(listener),
  };
}
