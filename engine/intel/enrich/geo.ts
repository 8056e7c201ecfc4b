import { LRUCache } from 'lru-cache';
import { parseAddress } from '../../match/index.ts';
import type { Scalar } from '../../model/index.ts';
import { MmdbReader, type MmdbValue } from './mmdb.ts';

/** What is known of where an address is, and whose; absent members are not known. */
export interface GeoRecord {
  readonly country?: string;
  readonly countryName?: string;
  readonly continent?: string;
  readonly region?: string;
  readonly city?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly asn?: number;
  readonly organisation?: string;
}

/** Addresses whose records are kept. */
const ADDRESSES_MAX = 16_384;
/** No address is longer. */
const ADDRESS_LENGTH_MAX = 64;
const NOTHING: GeoRecord = {};

/**
 * What databases of addresses say, those given first above the others, member by member. The last addresses are kept, so that one that comes again is read
 * once. One instance serves one thread; the bytes may be shared.
 */
export class GeoTable {
  readonly #readers: readonly MmdbReader[];
  readonly #known = new LRUCache<string, GeoRecord>({ max: ADDRESSES_MAX });

  /** Throws RangeError where a file is damaged or none of its kind. */
  constructor(files: readonly Uint8Array[]) {
    this.#readers = files.map((bytes) => new MmdbReader(bytes));
  }

  /** What is known of an address; nothing where the text is none, or of no known network. */
  recordOf(text: string): GeoRecord {
    if (this.#readers.length === 0 || text.length > ADDRESS_LENGTH_MAX) return NOTHING;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const made = this.#read(text);
    this.#known.set(text, made);
    return made;
  }

  #read(text: string): GeoRecord {
    const address = addressBytes(text);
    if (address === undefined) return NOTHING;
    let record: GeoRecord = NOTHING;
    for (const reader of this.#readers) record = { ...recordFrom(reader.get(address)), ...record };
    return record;
  }
}

/** The bytes of an address, 4 or 16; undefined where the text is none. */
function addressBytes(text: string): Uint8Array | undefined {
  const groups = new Uint16Array(8);
  const family = parseAddress(text, groups);
  if (family === 0) return undefined;
  const used = groups.subarray(family === 4 ? 6 : 0);
  return Uint8Array.from(
    { length: used.length * 2 },
    (_, i) => ((used[i >> 1] ?? 0) >> (i % 2 === 0 ? 8 : 0)) & 255,
  );
}

/** The members of a record of a country, city or network database, nested as MaxMind writes them or flat as others do. */
function recordFrom(value: MmdbValue): GeoRecord {
  if (value === undefined) return NOTHING;
  const country = text(value, 'country', 'iso_code') ?? text(value, 'country_code');
  const found: Readonly<Record<keyof GeoRecord, Scalar | undefined>> = {
    country: country ?? text(value, 'registered_country', 'iso_code'),
    countryName: text(value, 'country', 'names', 'en') ?? text(value, 'country_name'),
    continent: text(value, 'continent', 'code') ?? text(value, 'continent'),
    region: text(value, 'subdivisions', 0, 'iso_code') ?? text(value, 'state1'),
    city: text(value, 'city', 'names', 'en') ?? text(value, 'city'),
    latitude: number(value, 'location', 'latitude') ?? number(value, 'latitude'),
    longitude: number(value, 'location', 'longitude') ?? number(value, 'longitude'),
    asn: number(value, 'autonomous_system_number'),
    organisation: text(value, 'autonomous_system_organization'),
  };
  return Object.fromEntries(Object.entries(found).filter(([, member]) => member !== undefined));
}

function at(value: MmdbValue, way: readonly (string | number)[]): MmdbValue {
  let now = value;
  for (const step of way) {
    if (typeof now !== 'object') return undefined;
    if (Array.isArray(now)) now = typeof step === 'number' ? now[step] : undefined;
    else now = (now as { readonly [key: string]: MmdbValue })[step];
  }
  return now;
}

function text(value: MmdbValue, ...way: readonly (string | number)[]): string | undefined {
  const found = at(value, way);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function number(value: MmdbValue, ...way: readonly (string | number)[]): number | undefined {
  const found = at(value, way);
  return typeof found === 'number' ? found : undefined;
}
