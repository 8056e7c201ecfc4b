import { type IntelSnapshot, observablesOf } from '../intel/index.ts';
import type { IndicatorMatch, Signal } from '../model/index.ts';
import type { Detected, DetectTask, KeptValue, ObservedMemory, RememberedRecord } from '../runtime/index.ts';

/** What looking back needs. */
export interface RetroPorts {
  readonly memory: ObservedMemory;
  readonly detect: (task: DetectTask) => Promise<Detected>;
  /** Takes the signals that were found, with the times of their events, and commits with them that they were told. */
  readonly take: (signals: readonly Signal[], told: readonly KeptValue[]) => Promise<void>;
  /** Lets others work. */
  readonly pause: () => Promise<void>;
}

/** What looking back gave. */
export interface Retro {
  /** Records looked at, those that meet a new indicator, and the signals that were not told before. */
  readonly records: number;
  readonly met: number;
  readonly signals: number;
}

/** Records looked at between two pauses, and met ones detected on together. */
const STEP = 2000;
const TOGETHER = 256;

/**
 * Asks the indicators that a new snapshot has, and the one before had not, about what is remembered of the last days. A record that meets one
 * is detected on again as it came, so that its signals are those which a scan would give, at the time of the event; each is told once. Where there is no
 * snapshot before (the process has just begun), all indicators are asked.
 */
export async function lookBack(
  { before, after }: { readonly before: IntelSnapshot | undefined; readonly after: IntelSnapshot },
  ports: RetroPorts,
): Promise<Retro> {
  let records = 0;
  let met = 0;
  let signals = 0;
  const known = new Map<string, boolean>();
  const told = async (batch: readonly RememberedRecord[]): Promise<void> => {
    const found: Signal[] = [];
    for (const record of batch) found.push(...(await signalsOf(record, ports)));
    signals += found.length;
    if (found.length > 0) await ports.take(found, [ports.memory.tell(found.map(({ id }) => id))]);
  };
  let batch: RememberedRecord[] = [];
  for (const record of ports.memory.records()) {
    if (++records % STEP === 0) await ports.pause();
    if (!record.texts.some((text) => isNews(text, { before, after, known }))) continue;
    met++;
    batch.push(record);
    if (batch.length < TOGETHER) continue;
    await told(batch);
    batch = [];
  }
  await told(batch);
  return { records, met, signals };
}

async function signalsOf(record: RememberedRecord, ports: RetroPorts): Promise<readonly Signal[]> {
  const { source, file, line, receivedAt, told } = record;
  const bytes = new TextEncoder().encode(record.record);
  const { signals } = await ports.detect({ source, file, line, receivedAt, bytes });
  return signals.filter(
    (signal) =>
      signal.intel?.matches !== undefined && !told.includes(signal.id) && !ports.memory.wasTold(signal.id),
  );
}

/** Whether a text meets an indicator that was not there before. */
function isNews(
  text: string,
  {
    before,
    after,
    known,
  }: {
    readonly before: IntelSnapshot | undefined;
    readonly after: IntelSnapshot;
    readonly known: Map<string, boolean>;
  },
): boolean {
  const answer = known.get(text);
  if (answer !== undefined) return answer;
  const ids = idsOf(after, text);
  const old = ids.length === 0 || before === undefined ? [] : idsOf(before, text);
  const fresh = ids.some((id) => !old.includes(id));
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, fresh);
  return fresh;
}

const KNOWN_MAX = 100_000;

function idsOf(snapshot: IntelSnapshot, text: string): readonly IndicatorMatch['id'][] {
  return observablesOf(text).flatMap(({ type, value }) =>
    snapshot.candidates(type, value).map((one) => snapshot.matchOf(one, 0).id),
  );
}
