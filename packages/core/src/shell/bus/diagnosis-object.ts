/** net.connman.Diagnosis: why a service is as it is, and what is to be changed in the kernel. */
import { connmanError, diagnosisInterface, diagnosisPath } from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import type { PlannedChange } from '../publish/plan';
import type { Reason } from '../publish/why';
import { lastElement } from './service-object';

export interface Diagnosis {
  why(service: string): readonly Reason[] | undefined;
  plan(): readonly PlannedChange[];
  /** Undefined where that part is not installed. */
  metrics(): Promise<string> | undefined;
}

export function exportDiagnosis(bus: Bus, { why, plan, metrics }: Diagnosis): void {
  bus.export(diagnosisPath, diagnosisInterface, {
    Why([path]) {
      const reasons = why(lastElement(path));
      if (!reasons) throw connmanError('NotFound');
      return [...reasons];
    },
    Plan: () => [...plan()],
    Metrics() {
      const text = metrics();
      if (!text) throw connmanError('NotSupported');
      return text;
    },
  });
}
