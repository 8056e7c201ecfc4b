// Builds the package into dist/: compiles TypeScript, compiles the schemas to validators, and marks the command executable.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.json'], {
  stdio: 'inherit',
});
execFileSync(process.execPath, ['scripts/build-validators.mjs'], { stdio: 'inherit' });
const main = 'dist/engine/cli/main.js';
if (existsSync(main)) chmodSync(main, 0o755);
