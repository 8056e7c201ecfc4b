import { cloudtrail, joinLines, linesOf, regressions, windowsHosts } from '../conformance/recordings.ts';

/** Events of one kind, one a line. */
export interface Lane {
  readonly name: string;
  /** What it stands for. */
  readonly about: string;
  readonly bytes: Uint8Array;
  readonly events: number;
}

/** Lanes are repeated until they have this size, so that a run takes long enough to be measured. */
const BYTES_MIN = 40_000_000;
/** Of the mixed lane, one Windows event in so many. */
const MIXED_EVERY = 4;
/** The ways a process creation is recorded: Sysmon 1 and Security 4688. */
const PROCESS_CREATION = /"EventID":\s*"?(?:1|4688)"?\s*[,}]/;
const ITS_CHANNEL = /"Channel":\s*"(?:Microsoft-Windows-Sysmon\/Operational|Security)"/;

/** All lanes that the folder has recordings for. */
export function lanes(data: string): Lane[] {
  const hosts = windowsHosts(data);
  const made: Lane[] = hosts.map(({ name, bytes }) =>
    lane(`otrf-${/\d+$/.exec(name)?.[0] ?? name}`, `${name}: everything a Windows host logs under attack`, [
      bytes,
    ]),
  );
  const trails = cloudtrail(data).map(({ bytes }) => bytes);
  if (trails.length > 0) made.push(lane('cloudtrail', 'calls of the AWS interface', trails));
  const creations = hosts.flatMap(({ bytes }) => [...linesOf(bytes)].filter(isProcessCreation));
  if (creations.length > 0) {
    made.push(
      lane('process-creation', 'process creations only: what most rules look at', [joinLines(creations)]),
    );
  }
  const nested = regressions(data).flatMap(({ lines }) => lines);
  if (nested.length > 0) {
    made.push(
      lane('nested-windows', 'nested Windows events on each of which a rule fires', [joinLines(nested)]),
    );
  }
  const mixed = mix([
    ...hosts.map(({ bytes }) => [...linesOf(bytes, MIXED_EVERY)]),
    trails.flatMap((bytes) => [...linesOf(bytes)]),
    nested,
  ]);
  if (mixed.length > 0) made.push(lane('mixed', 'all of these by turns', [joinLines(mixed)]));
  return made;
}

function isProcessCreation(line: Uint8Array): boolean {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1');
  return PROCESS_CREATION.test(text) && ITS_CHANNEL.test(text);
}

function lane(name: string, about: string, parts: readonly Uint8Array[]): Lane {
  const once = Buffer.concat(parts);
  const times = Math.max(1, Math.ceil(BYTES_MIN / once.length));
  const bytes = times === 1 ? once : Buffer.concat(Array.from({ length: times }, () => once));
  let events = 0;
  for (const _ of linesOf(bytes)) events++;
  return { name, about: times === 1 ? about : `${about}; ${times} times over`, bytes, events };
}

/** Takes from the lists by turns, in proportion to their lengths. */
function mix(lists: readonly (readonly Uint8Array[])[]): Uint8Array[] {
  const placed = lists.flatMap((list) => list.map((line, i) => ({ line, at: (i + 0.5) / list.length })));
  return placed.sort((a, b) => a.at - b.at).map(({ line }) => line);
}
