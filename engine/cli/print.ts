import { fileSink, streamSink } from '../adapters/index.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { isDiagnostic, refuse } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** Writes text to standard output and waits until it is taken; 4 where it cannot be. A reader that has gone is no error. */
export async function print(terminal: Terminal, text: string): Promise<ExitCode> {
  const sink = streamSink(terminal.stdout, 'standard output');
  await sink.write(text);
  const finding = await sink.close();
  return finding === undefined ? EXIT.clean : refuse(terminal, [finding]);
}

/** Writes text to a file, made anew; 4 where it cannot be. */
export async function printToFile(terminal: Terminal, path: string, text: string): Promise<ExitCode> {
  const sink = await fileSink(path);
  if (isDiagnostic(sink)) return refuse(terminal, [sink]);
  await sink.write(text);
  const finding = await sink.close();
  return finding === undefined ? EXIT.clean : refuse(terminal, [finding]);
}
