import { eventTime, formatTime, sha256 } from '../../model/index.ts';
import type { StorePort } from './store-port.ts';

/** A record that ended detecting threads twice, as it is kept. */
export interface PoisonRecord {
  /** Microseconds. */
  readonly at: number;
  readonly source: string;
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  /** Of the record; what is kept of a longer one is its beginning. */
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
}

/** Under this the store keeps them. */
const PREFIX = 'poison/';
/** At most so many are kept, the newest; each is an alert, too. */
export const POISON_RECORDS_MAX = 1000;
const KEPT_BYTES = 64 * 1024;

/** Keeps a record that was set aside; the same one twice (its batch was gone over again after a kill) is there once. */
export function keepPoison(
  store: Pick<StorePort, 'putValues' | 'values'>,
  record: Omit<PoisonRecord, 'sizeBytes'>,
): void {
  const { bytes, source, file, line } = record;
  const kept = {
    ...record,
    sizeBytes: bytes.length,
    bytes: Buffer.from(bytes.subarray(0, KEPT_BYTES)).toString('base64'),
  };
  const values = [...store.values(PREFIX)];
  const tooMany = values.length - POISON_RECORDS_MAX + 1;
  const old = values
    .map((one) => ({ key: one.key, at: readPoison(one.bytes).at }))
    .sort((a, b) => a.at - b.at)
    .slice(0, Math.max(0, tooMany));
  store.putValues([
    ...old.map(({ key }) => ({ key, bytes: undefined })),
    { key: poisonKey({ source, file, line }), bytes: new TextEncoder().encode(JSON.stringify(kept)) },
  ]);
}

/** The records that were set aside, oldest first. */
export function poisonRecords(store: Pick<StorePort, 'values'>): readonly PoisonRecord[] {
  return [...store.values(PREFIX)].map(({ bytes }) => readPoison(bytes)).sort((a, b) => a.at - b.at);
}

/** Under what a record is kept: the same whenever it is set aside. */
export function poisonKey({ source, file, line }: Pick<PoisonRecord, 'source' | 'file' | 'line'>): string {
  return `${PREFIX}${source}\n${file}\n${line}`;
}

/** A record as it is shown, without its bytes. */
export interface PoisonReport {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly source: string;
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  readonly sizeBytes: number;
  readonly keptBytes: number;
}

/** What is said of a record. */
export function poisonReport(record: PoisonRecord): PoisonReport {
  const { at, bytes, ...rest } = record;
  const id = sha256(poisonKey(record)).slice(0, 16);
  return { id, at: formatTime(eventTime(at)), ...rest, keptBytes: bytes.length };
}

/** Forgets a record, and writes down who did; false where there is none of this id. */
export function dropPoison(
  store: Pick<StorePort, 'commit' | 'values'>,
  id: string,
  { by, at }: { readonly by: string; readonly at: number },
): boolean {
  const record = poisonRecords(store).find((one) => poisonReport(one).id === id);
  if (record === undefined) return false;
  const { file, line, reason } = record;
  store.commit({
    positions: [],
    state: [],
    revisions: [],
    outbox: [],
    ledger: [],
    audit: [{ at, by, action: 'poison.dropped', subject: id, detail: { file, line, reason } }],
    values: [{ key: poisonKey(record), bytes: undefined }],
  });
  return true;
}

/** What this program wrote itself, under a checksum of the store. */
function readPoison(bytes: Uint8Array): PoisonRecord {
  const kept = JSON.parse(new TextDecoder().decode(bytes)) as Omit<PoisonRecord, 'bytes'> & {
    readonly bytes: string;
  };
  return { ...kept, bytes: new Uint8Array(Buffer.from(kept.bytes, 'base64')) };
}
