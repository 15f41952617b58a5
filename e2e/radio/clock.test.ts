// The laboratory's own clock: programs that wait for each other come to an end while it stands still.
import { scenario } from './lab/scenario';

scenario(
  'connmanctl ends each time it is run, thirty times in a row',
  async ({ machine, subject }) => {
    for (let run = 1; run <= 30; run++) await machine.run([...subject.client, 'help'], { env: subject.env });
  },
  { backends: ['wpa_supplicant'], onlyOurs: true },
);
