/** The runs of `node tools/bench ntp`. */
import { type MachineOptions, SimulatedMachine } from '../../../packages/ntp/test/simulated-machine';

const minutes = [1, 10, 60, 600];
const dayMs = 86_400_000;

/** One way without load, in milliseconds, and the mean of what queues add to it. */
const networks = {
  'LAN, 0.05 ms': { way: 0.05, queue: 0.0025 },
  'DSL, 10 ms': { way: 10, queue: 0.5 },
  'mobile, 40 ms': { way: 40, queue: 8 },
};

const oscillators: Record<string, MachineOptions['drift']> = {
  '23 ppm': () => 23,
  '20 ppm, 2 ppm over the day': (elapsed) => 20 + 2 * Math.sin((2 * Math.PI * elapsed) / dayMs),
};

export function run(seeds: number): void {
  for (const [network, { way, queue }] of Object.entries(networks)) {
    for (const [oscillator, drift] of Object.entries(oscillators)) {
      const errors = minutes.map((): number[] => []);
      let asked = 0;
      for (let seed = 1; seed <= seeds; seed++) {
        const machine = new SimulatedMachine({ seed, drift, offset: 300 });
        const delay = () => way - queue * Math.log(1 - machine.random());
        const server = machine.server('10.0.0.1', { there: delay, back: delay });
        machine.start(['10.0.0.1']);
        let done = 0;
        for (const [index, minute] of minutes.entries()) {
          machine.run((minute - done) * 60);
          done = minute;
          errors[index]?.push(Math.abs(machine.error) * 1000);
        }
        asked += server.asked;
      }
      const cells = errors.map((all, index) => {
        const sorted = all.sort((a, b) => a - b);
        const text = [sorted[sorted.length >> 1], sorted.at(-1)].map((one = 0) => one.toFixed(one < 10 ? 1 : 0));
        return `${minutes[index]} min ${text.join(' / ')}`;
      });
      console.log(`${network}; ${oscillator}: ${cells.join(', ')} µs; ${Math.round(asked / seeds)} questions`);
    }
  }
}
