/** A machine's switches of its radios, through the real Wi-Fi driver and a scripted wpa_supplicant or iwd. */
import { newScene } from './simulation/air-run';
import { Random } from './simulation/random';

test.each(['supplicant', 'iwd'] as const)(
  'with %s a radio that a lever and another program silence is on again as soon as the lever allows it',
  async (backEnd) => {
    const { machine } = await newScene(new Random(1), backEnd);
    machine.block({ soft: true, hard: true });
    await machine.pass(2000);
    expect(machine.stateOf('Home')).not.toBe('online');
    // connmand takes the other program's block away while it hears that the lever's is gone.
    machine.block({ hard: false });
    await machine.pass(10_000);
    expect([machine.blocked, machine.stateOf('Home')]).toEqual([{ soft: false, hard: false }, 'online']);
    machine.close();
  },
);
