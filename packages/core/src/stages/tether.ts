/** Technology.SetProperty Tethering (rule 161): what is to be said before anything is shared, and no part of this build shares. */
import type { TechnologyType } from '@connman/contracts';
import type { Turn } from '../turn';

export function setTethering(turn: Turn, operation: number, type: string, tethering: boolean): void {
  const { config, technologies } = turn.world;
  const refuse = (error: 'NotSupported' | 'AlreadyDisabled' | 'PermissionDenied', reason?: string) =>
    turn.reply([operation], { ok: false, error, ...(reason !== undefined && { reason }) });
  if (!config.tetheringTechnologies.includes(type)) return refuse('NotSupported');
  if (!tethering) return refuse('AlreadyDisabled');
  if (!technologies.get(type as TechnologyType)?.powered) return refuse('PermissionDenied');
  refuse('NotSupported', 'sharing a connection is not in this build (part tethering)');
}
