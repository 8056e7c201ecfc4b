/**
 * Floor 6 · runtime: the loop around the core, its ports and its threads.
 * Invariants: signals leave in the order of events whatever the number of threads; memory does not grow with the input.
 * Deliberately absent: files and terminals (adapters), options and exit codes (cli).
 */
export { newTally, type ScanTally, scanFramed, scanLines } from './chunk-scan.ts';
export { RUNTIME_CODES, unknownSchemas } from './errors.ts';
export type { FilesPort } from './ports.ts';
export {
  type DetectionPool,
  type ScanOptions,
  type ScanPorts,
  type ScanProgress,
  type ScanReport,
  scan,
} from './scan.ts';
export { WorkerPool } from './worker-pool.ts';
