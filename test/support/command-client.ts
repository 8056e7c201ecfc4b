// The command `telltale` for lines of shell in tests: `node command-client.js MAIN SOCKET ARGS…` lets the warm process behind SOCKET run
// it, and MAIN itself what that one cannot.
import { spawnSync } from 'node:child_process';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { isForWarmProcess } from './command-kind.ts';

const [main = '', socket = '', ...args] = process.argv.slice(2);
if (isForWarmProcess(args)) {
  const connection = createConnection(socket);
  connection.write(`${JSON.stringify({ args, cwd: process.cwd(), env: process.env })}\n`);
  const { code, stdout, stderr } = JSON.parse(await text(connection)) as {
    code: number;
    stdout: string;
    stderr: string;
  };
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = code;
} else {
  process.exitCode = spawnSync(process.execPath, [main, ...args], { stdio: 'inherit' }).status ?? 5;
}
