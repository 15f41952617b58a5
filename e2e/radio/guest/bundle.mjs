// Makes one file of a TypeScript scenario, which the guest's Node.js reads faster than the hundreds it comes from.
import path from 'node:path';
import { build } from 'esbuild';

/** @returns the bundle's path, which is the same in the guest: sources find the checkout from where they are. */
export async function bundle(script, folder) {
  const outfile = path.join(folder, `${path.basename(script, '.ts')}.${process.pid}.js`);
  await build({
    entryPoints: [script],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
    // Optional native helpers of dbus-next, not used here.
    external: ['usocket', 'abstract-socket', 'x11', '*.node'],
  });
  return outfile;
}
