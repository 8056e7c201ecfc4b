// Runs command lines one after the other in a process that stays warm, so that tests do not pay a cold start for each. Started as
// `node command-server.js PROGRAM SOCKET`; PROGRAM is the built program.js, SOCKET where it listens. A request is one line of JSON,
// {args, cwd, env}; so is the answer, {code, stdout, stderr}. It ends when its standard input does.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { runCommandLine } from '../../engine/cli/program.ts';
import type { processTerminal } from '../../engine/cli/terminal.ts';
import type { CommandRequest, Run } from './command.ts';

const [programPath = '', socket = ''] = process.argv.slice(2);
const programUrl = pathToFileURL(programPath);
const program = (await import(programUrl.href)) as { runCommandLine: typeof runCommandLine };
const terminals = (await import(new URL('terminal.js', programUrl).href)) as {
  processTerminal: typeof processTerminal;
};

/** A stream that keeps what is written. */
class Kept extends Writable {
  private readonly chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

async function answer({ args, cwd, env }: CommandRequest): Promise<Run> {
  process.chdir(cwd);
  process.env = { ...env };
  const stdout = new Kept();
  const stderr = new Kept();
  // As much of a process as a terminal is made of.
  const seen = { stdin: Readable.from([]), stdout, stderr, env } as unknown as NodeJS.Process;
  const code = await program.runCommandLine(args, terminals.processTerminal(seen));
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

// One after the other: folder and environment are the whole process's.
let last: Promise<unknown> = Promise.resolve();
createServer((connection) => {
  connection.on('error', () => undefined);
  createInterface({ input: connection }).once('line', (line) => {
    last = last
      .then(() => answer(JSON.parse(line) as CommandRequest))
      .then(
        (run) => connection.end(`${JSON.stringify(run)}\n`),
        (thrown: unknown) =>
          connection.end(`${JSON.stringify({ code: 5, stdout: '', stderr: String(thrown) })}\n`),
      );
  });
}).listen(socket, () => process.stdout.write('listening\n'));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
