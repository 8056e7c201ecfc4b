import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedOf } from '../fuzz/random.ts';
import { makeNest } from './feeding.ts';
import type { ChaosOptions, ChaosReport, Harness } from './harness.ts';
import { Sender } from './sender.ts';
import { makeStream } from './stream.ts';

const TRACER = '/usr/bin/strace';
const CALLS = 'fsync,fdatasync,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg';

/** Looks from below, at the calls of the kernel, whether what is acknowledged is on disk. A run sends so many requests. */
export const synced: Harness = {
  name: 'synced',
  about:
    'no request is answered with success before its events are written to the spool and synced to the disk, by strace',
  shortRuns: 20,
  longRuns: 500,
  mutants: ['the spool is not synced', 'the spool is synced after the answer'],
  mutantRuns: 20,
  run: traced,
};

async function traced({ runs, seed, folder, command }: ChaosOptions): Promise<ChaosReport> {
  if (!existsSync(TRACER)) return { seen: [`SKIPPED: ${TRACER} is not there`], failures: [] };
  const stream = makeStream(seedOf(seed, 'synced', 0), { batches: runs });
  const nest = await makeNest(folder, command);
  const path = join(folder, 'trace.txt');
  const daemon = nest.start({ under: [TRACER, '-f', '-y', '-s', '600', '-e', `trace=${CALLS}`, '-o', path] });
  await daemon.ready();
  const sender = new Sender(nest.port);
  for (const batch of stream.batches) await sender.send(batch);
  sender.stop();
  // A tracer that writes to a file does not hear that it should end; what it traces does, and it ends with it.
  const { pid } = daemon.process;
  const traced = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0];
  process.kill(Number(traced), 'SIGTERM');
  await daemon.ended;
  const { answers, faults } = judged(readFileSync(path, 'latin1'));
  const failures = [...faults.slice(0, 5)];
  if (answers !== runs) failures.push(`${answers} answers were seen in the trace, ${runs} were got`);
  return { seen: [`${answers} answers, each behind its own write and sync of the spool`], failures };
}

/** Goes through a trace, in the order in which calls ended: one request is under way at a time. */
function judged(trace: string): { readonly answers: number; readonly faults: readonly string[] } {
  const open = new Map<string, string>();
  const faults: string[] = [];
  let answers = 0;
  let state: 'nothing' | 'written' | 'synced' = 'nothing';
  for (const line of trace.split('\n')) {
    const [, thread = '', call = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    // An answer counts from when it is begun, everything else when it is over.
    if (isAnswer(call)) {
      answers++;
      if (state !== 'synced')
        faults.push(
          `answer ${answers}: the spool was ${state === 'written' ? 'written, not synced' : 'not written'}`,
        );
      state = 'nothing';
    }
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(call)?.[1];
    if (unfinished !== undefined) {
      open.set(thread, unfinished);
      continue;
    }
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(call)?.[1];
    const whole = rest === undefined ? call : `${open.get(thread) ?? ''}${rest}`;
    if (!whole.includes('.spool>')) continue;
    if (/^(?:p?writev?2?|pwrite64)\(/.test(whole)) state = 'written';
    else if (/^f(?:data)?sync\(.*= 0$/.test(whole) && state === 'written') state = 'synced';
  }
  return { answers, faults };
}

function isAnswer(call: string): boolean {
  return (
    /^(?:writev?|sendto|sendmsg)\(/.test(call) && call.includes('HTTP/1.1 200') && call.includes('accepted')
  );
}
