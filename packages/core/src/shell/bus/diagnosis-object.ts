/** net.connman.Diagnosis: why a service is as it is, and what is to be changed in the kernel. */
import { connmanError, diagnosisInterface, diagnosisPath } from '@connman/contracts';
import { type Bus, str, strings, uint64, type Variant } from '@connman/dbus';
import type { ClientTraffic } from '../../model/tethering/client-traffic';
import type { PlannedChange } from '../publish/plan';
import type { Reason } from '../publish/why';
import { lastElement } from './service-object';

export interface Diagnosis {
  why(service: string): readonly Reason[] | undefined;
  plan(): readonly PlannedChange[];
  /** Undefined where that part is not installed. */
  metrics(): Promise<string> | undefined;
  clients(): readonly ClientTraffic[];
}

export function exportDiagnosis(bus: Bus, { why, plan, metrics, clients }: Diagnosis): void {
  bus.export(diagnosisPath, diagnosisInterface, {
    Why([path]) {
      const reasons = why(lastElement(path));
      if (!reasons) throw connmanError('NotFound');
      return [...reasons];
    },
    Plan: () => [...plan()],
    TetheringClients: () => clients().map((client) => [client.mac, clientProperties(client)]),
    Metrics() {
      const text = metrics();
      if (!text) throw connmanError('NotSupported');
      return text;
    },
  });
}

function clientProperties({ hostname, addresses, carried }: ClientTraffic): Map<string, Variant> {
  const bytes = ([4, 6] as const).flatMap((version) => [
    [`IPv${version}.Sent`, uint64(BigInt(carried[version].sent))] as const,
    [`IPv${version}.Received`, uint64(BigInt(carried[version].received))] as const,
  ]);
  return new Map([['Name', str(hostname)], ['Addresses', strings(addresses)], ...bytes]);
}
