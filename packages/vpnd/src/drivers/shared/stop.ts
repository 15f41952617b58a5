/** Ending a program (rule 186): SIGTERM, SIGINT if that does not help, SIGKILL in the end. */
import type { Clock, Process } from '@connman/ports';

const interruptAfterMs = 2000;
const killAfterMs = 3000;

/** The returned function is to be called when it has ended. */
export function stopProcess(process: Process, clock: Clock): () => void {
  process.signal('SIGTERM');
  const interrupt = clock.setTimer(interruptAfterMs, () => process.signal('SIGINT'));
  const kill = clock.setTimer(killAfterMs, () => process.signal('SIGKILL'));
  return () => {
    interrupt();
    kill();
  };
}
