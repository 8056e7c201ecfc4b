import { parseAddress } from '../../match/index.ts';
import { parseDuration } from '../../model/index.ts';
import type { LogsourceConfig } from './config.ts';

/** A map as YAML gives it. */
export type Plain = Readonly<Record<string, unknown>>;
/** Keys and indexes that lead to a part. */
export type Way = readonly (string | number)[];

/** Whether a value is a map. */
export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key of a map itself, never of what maps inherit. */
export function own(value: Plain | undefined, key: string): unknown {
  return value !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The map under a key. */
export function part(value: Plain, key: string): Plain | undefined {
  const found = own(value, key);
  return isPlain(found) ? found : undefined;
}

/** The maps in the list under a key. */
export function list(value: Plain, key: string): readonly Plain[] | undefined {
  const found = own(value, key);
  return Array.isArray(found) ? found.filter(isPlain) : undefined;
}

/** The text under a key. */
export function text(value: Plain | undefined, key: string): string | undefined {
  const found = own(value, key);
  return typeof found === 'string' ? found : undefined;
}

/** One text or a list of texts under a key. */
export function texts(value: Plain | undefined, key: string): readonly string[] | undefined {
  const found = own(value, key);
  if (typeof found === 'string') return [found];
  return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : undefined;
}

/** The number under a key. */
export function number(value: Plain | undefined, key: string): number | undefined {
  const found = own(value, key);
  return typeof found === 'number' ? found : undefined;
}

/** The length of time under a key, microseconds. */
export function micros(value: Plain | undefined, key: string, preset: string): number {
  return parseDuration(text(value, key) ?? preset) ?? 0;
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** The size under a key, bytes. */
export function bytes(value: Plain, key: string, preset: string): number {
  const [, count, unit] = /^([\d.]+)(\w+)$/.exec(text(value, key) ?? preset) ?? [];
  return Math.round(Number(count) * (UNITS[unit ?? 'B'] ?? 1));
}

/** Address and port of `host:port`; an IPv6 address stands in brackets. */
export function address(written: string): { readonly host: string; readonly port: number } {
  const colon = written.lastIndexOf(':');
  return { host: written.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(written.slice(colon + 1)) };
}

/** Whether an address leads to this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Whether a text is an IPv4 or IPv6 address. */
export function isAddress(written: string): boolean {
  return parseAddress(written, new Uint16Array(8)) !== 0;
}

/** Minutes east of UTC of an offset like `+02:00`. */
export function offset(written: string): number {
  const [hours = 0, minutes = 0] = written.slice(1).split(':').map(Number);
  return (written.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** A transport; UDP where none is named. */
export function protocolOf(value: unknown): 'udp' | 'tcp' | 'tls' {
  return oneOf(value, ['udp', 'tcp', 'tls'], 'udp');
}

/** What events of no known schema are. */
export function logsourceOf(value: unknown): 'any' | LogsourceConfig {
  if (!isPlain(value)) return 'any';
  const [product, category, service] = ['product', 'category', 'service'].map((key) =>
    text(value, key)?.toLowerCase(),
  );
  return {
    ...(product === undefined ? {} : { product }),
    ...(category === undefined ? {} : { category }),
    ...(service === undefined ? {} : { service }),
  };
}

/** One of the allowed texts, or the preset. */
export function oneOf<T extends string>(value: unknown, allowed: readonly T[], preset: T): T {
  return allowed.find((one) => one === value) ?? preset;
}

/** A JSON pointer as keys and indexes. */
export function wayOf(pointer: string, root: unknown): Way {
  const way: (string | number)[] = [];
  let at = root;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    way.push(Array.isArray(at) ? Number(key) : key);
    at = Array.isArray(at) ? at[Number(key)] : isPlain(at) ? own(at, key) : undefined;
  }
  return way;
}
