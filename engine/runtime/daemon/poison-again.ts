import { accountOf } from './commit-parts.ts';
import type { Daemon } from './daemon.ts';
import type { DetectorPort } from './detection.ts';
import { type PoisonRecord, poisonKey } from './poison.ts';
import type { AuditEvent } from './store-port.ts';

/** What became of a record that was tried again. */
export type PoisonOutcome =
  | { readonly outcome: 'taken'; readonly matched: number; readonly signals: number }
  /** It ended detecting threads again, and stays set aside. */
  | { readonly outcome: 'poison' };

/**
 * Detects on a record that was set aside once more, by the rules of now. Where that goes well it is taken in as if it had been received now, counted so in
 * the account of its source, and set aside no longer: all in one transaction. Rejects where only its beginning was kept, or the daemon has ended.
 */
export async function tryPoisonAgain(
  { daemon, detector }: { readonly daemon: Pick<Daemon, 'take'>; readonly detector: DetectorPort },
  record: PoisonRecord,
  audit: AuditEvent,
): Promise<PoisonOutcome> {
  const { source, file, line, bytes, sizeBytes, at } = record;
  if (bytes.length < sizeBytes)
    throw new Error(`only ${bytes.length} of its ${sizeBytes} bytes were kept: it cannot be tried again`);
  const detected = await detector.detect({ source, bytes, file, line, receivedAt: at });
  // Whoever set it aside has kept it again.
  if (detected.dropped.size > 0) return { outcome: 'poison' };
  await daemon.take(detected.signals, {
    ledger: [{ source, ...accountOf(detected) }],
    values: [{ key: poisonKey(record), bytes: undefined }],
    audit: [audit],
  });
  return { outcome: 'taken', matched: detected.matched, signals: detected.signals.length };
}
