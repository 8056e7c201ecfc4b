import { parentPort, workerData } from 'node:worker_threads';
import type { EnrichmentParts } from '../../intel/index.ts';
import type { CanaryLimits } from './canary.ts';
import type { KeptFiles, PieceChange, RefusedVersion } from './compose.ts';
import { type Examination, type ExaminerPorts, RuleExaminer } from './examiner.ts';

/** What the thread is started with. */
export interface ExaminerStart {
  readonly rules: readonly string[];
  readonly placeholders: readonly string[];
  /** Files must stand still for so long. */
  readonly settleMs: number;
  readonly kept: KeptFiles;
  readonly running?: SharedArrayBuffer;
  readonly limits: CanaryLimits;
  /** What recent events are enriched with; its databases in memory that all threads share. */
  readonly enrichment?: EnrichmentParts | undefined;
}

/** What the thread is told. */
export type ExaminerOrder =
  | { readonly kind: 'examine'; readonly recent: Uint8Array; readonly held: ReadonlySet<string> }
  | { readonly kind: 'take' }
  | {
      readonly kind: 'refuse';
      readonly versions: readonly (readonly [string, RefusedVersion | undefined])[];
      readonly good: readonly PieceChange[];
    };

/** What the thread says. */
export type ExaminerAnswer =
  | Examination
  | { readonly kind: 'began'; readonly changed: readonly PieceChange[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** Serves examinations in this thread: the other side of `ExaminerThread`. What it needs of files comes from whoever owns the thread's entry. */
export function serveExaminations(
  portsOf: (
    start: Pick<ExaminerStart, 'rules' | 'placeholders' | 'settleMs'>,
  ) => Omit<ExaminerPorts, 'began'>,
): void {
  const start: ExaminerStart = workerData;
  const say = (answer: ExaminerAnswer): void => parentPort?.postMessage(answer);
  const began = (changed: readonly PieceChange[]): void => say({ kind: 'began', changed });
  const examiner = new RuleExaminer({ ...portsOf(start), began }, start);
  parentPort?.on('message', (order: ExaminerOrder) => {
    switch (order.kind) {
      case 'take':
        examiner.take();
        return;
      case 'refuse':
        examiner.refuse(order.versions, order.good);
        return;
      case 'examine':
        examiner.examine(order.recent, order.held).then(say, (error: unknown) => {
          say({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
        });
        return;
      default:
        order satisfies never;
    }
  });
}
