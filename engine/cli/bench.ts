import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { packageFolder } from './package-folder.ts';
import { refusal, refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** `telltale bench [args…]`: the benchmarks of a checkout; arguments go to them as they are. */
export function benchCommand({ terminal, end }: CommandContext): Command {
  return new Command('bench')
    .description('run the benchmarks of a checkout (npm run build first)')
    .argument('[arguments...]', 'passed on: workloads, --data DIR, --json FILE')
    .allowUnknownOption()
    .action(async (args: string[]) => {
      end(await bench(terminal, args));
    });
}

async function bench(terminal: Terminal, args: readonly string[]): Promise<ExitCode> {
  const main = join(packageFolder(), 'dist', 'test', 'bench', 'main.js');
  if (!existsSync(main)) {
    return refuse(terminal, [
      refusal('TT8010', `there is no ${main}`, 'in a checkout, run `npm run build` first'),
    ]);
  }
  const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? EXIT.internal));
  });
  return Object.values(EXIT).find((known) => known === code) ?? EXIT.internal;
}
