/** net.connman.Diagnosis: what a client asks when it wants to know why. */
import { connmanError, diagnosisInterface, diagnosisPath } from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import type { Reason } from '../publish/why';
import { lastElement } from './service-object';

export function exportDiagnosis(bus: Bus, why: (service: string) => readonly Reason[] | undefined): void {
  bus.export(diagnosisPath, diagnosisInterface, {
    Why([path]) {
      const reasons = why(lastElement(path));
      if (!reasons) throw connmanError('NotFound');
      return [...reasons];
    },
  });
}
