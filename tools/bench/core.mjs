// What a turn of the engine costs, by how much there is in its world.
//
//   node tools/bench core [turns]
import { runHere } from './lib/programs.mjs';

await runHere('core', 'turns', Number(process.argv[2] ?? 400), { sourcemap: 'inline' });
