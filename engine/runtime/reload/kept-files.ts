import type { KeptValue, StorePort } from '../daemon/store-port.ts';
import type { KeptFiles, PieceChange, RefusedVersion } from './compose.ts';

const REFUSED = 'refused';

/** Under which key the store remembers a file's last good text, or the version of it that is refused. */
export function keyOf(kind: PieceChange['kind'] | typeof REFUSED, path: string): string {
  return `${kind}/${path}`;
}

/** What the store remembers of files; empty at the first start. */
export function readKept(store: Pick<StorePort, 'values'>): KeptFiles {
  const refused = new Map<string, RefusedVersion>();
  for (const [path, text] of under(store, REFUSED)) {
    // Written by `keptValues` under the store's checksum.
    refused.set(path, JSON.parse(text) as RefusedVersion);
  }
  return { rules: new Map(under(store, 'rules')), lists: new Map(under(store, 'lists')), refused };
}

/** What the store must write to remember these changes, and these refusals (undefined: no longer refused). */
export function keptValues(
  changes: readonly PieceChange[],
  refused: Iterable<readonly [string, RefusedVersion | undefined]>,
): readonly KeptValue[] {
  return [
    ...changes.map(({ kind, path, text }) => ({ key: keyOf(kind, path), bytes: bytesOf(text) })),
    ...[...refused].map(([path, version]) => ({
      key: keyOf(REFUSED, path),
      bytes: bytesOf(version === undefined ? undefined : JSON.stringify(version)),
    })),
  ];
}

function* under(store: Pick<StorePort, 'values'>, kind: string): Generator<readonly [string, string]> {
  const decoder = new TextDecoder();
  for (const { key, bytes } of store.values(`${kind}/`))
    yield [key.slice(kind.length + 1), decoder.decode(bytes)] as const;
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : new TextEncoder().encode(text);
}
