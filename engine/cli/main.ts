#!/usr/bin/env node
import { EXIT } from './exit-code.ts';
import { internalError, runCommandLine } from './program.ts';
import { processTerminal } from './terminal.ts';

const terminal = processTerminal(process);
// What no command has caught, in a callback or on another thread: it must not look like findings (Node would end with 1).
process.on('uncaughtException', (thrown) => {
  terminal.say(internalError(thrown));
  process.exit(EXIT.internal);
});
process.exit(await runCommandLine(process.argv.slice(2), terminal));
