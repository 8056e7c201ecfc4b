// Builds the package into dist/: removes what no source makes any more, compiles TypeScript, compiles the schemas to validators, and marks
// the command executable.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const OUTPUT = /\.(?:js|d\.ts)$/;

/** Removes compiled files whose source is gone, and the folders that are then empty: a stale test file would still be run. */
function prune(folder, source) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const made = join(folder, entry.name);
    if (entry.isDirectory()) {
      prune(made, join(source, entry.name));
      if (readdirSync(made).length === 0) rmSync(made, { recursive: true });
    } else if (OUTPUT.test(entry.name) && !existsSync(join(source, entry.name.replace(OUTPUT, '.ts')))) {
      rmSync(made);
    }
  }
}

prune('dist', '.');
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.json'], {
  stdio: 'inherit',
});
execFileSync(process.execPath, ['scripts/build-validators.mjs'], { stdio: 'inherit' });
const main = 'dist/engine/cli/main.js';
if (existsSync(main)) chmodSync(main, 0o755);
