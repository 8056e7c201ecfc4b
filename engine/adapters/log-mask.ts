/** What stands in the place of a secret. */
export const MASK = '***';

/** Names whose values are secret wherever they stand. */
const SECRET_NAMES = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'secret',
  'client_secret',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'session_token',
  'api_key',
  'apikey',
  'api-key',
  'x-api-key',
  'private_key',
  'credentials',
] as const;

/** Forms that are secret by themselves: credentials in URLs, what follows Bearer or Basic, our own tokens, signing secrets, private keys. */
const FORMS: readonly (readonly [pattern: RegExp, by: string])[] = [
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#@"']{1,500}@/gi, `$1${MASK}@`],
  [/\b(bearer|basic)(\s+)[\w.~+/=:-]{6,2000}/gi, `$1$2${MASK}`],
  [/\btt_[0-9a-f]{32,128}/gi, MASK],
  [/\bwhsec_[A-Za-z0-9+/=]{8,200}/g, MASK],
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,20000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
    MASK,
  ],
];

const DEPTH_MAX = 6;
const ITEMS_MAX = 100;
const TEXT_MAX = 8000;

/** Takes what is secret out of what is to be written. */
export interface Masker {
  text(text: string): string;
  /** As plain data, not deeper or longer than a line of a log may be. */
  value(value: unknown): unknown;
}

/**
 * Masks texts that are known to be secret, values of names that are (`redact` adds names), and forms that are secret by themselves.
 * Linear in the text; `secrets` are asked for at every call, since more may become known.
 */
export function maskerOf(secrets: () => readonly string[], redact: readonly string[] = []): Masker {
  const names = new Set([...SECRET_NAMES, ...redact].map((name) => name.toLowerCase()));
  const listed = [...names].map((name) => name.replaceAll(/[.*+?^${}()|[\]\\-]/g, '\\$&')).join('|');
  // `name=value`, `name: value`, `"name":"value"`: the value ends at a blank, a quote or what parts pairs.
  const pairs = new RegExp(
    `((?:^|[^\\w-])["']?(?:${listed})["']?\\s?[=:]\\s?)("[^"]{0,2000}"|'[^']{0,2000}'|[^\\s"',;&)}\\]]{1,2000})`,
    'gi',
  );
  const text = (given: string): string => {
    let out = given.length > TEXT_MAX ? `${given.slice(0, TEXT_MAX)}…` : given;
    for (const secret of secrets()) if (out.includes(secret)) out = out.replaceAll(secret, MASK);
    for (const [pattern, by] of FORMS) out = out.replace(pattern, by);
    return out.replace(pairs, (whole, name: string, value: string) =>
      /^(?:bearer|basic)$/i.test(value) ? whole : `${name}${MASK}`,
    );
  };
  const valueAt = (given: unknown, depth: number): unknown => {
    if (typeof given === 'string') return text(given);
    if (typeof given === 'bigint') return String(given);
    if (given instanceof Error) return text(given.message);
    if (typeof given !== 'object' || given === null) return typeof given === 'function' ? undefined : given;
    if (depth >= DEPTH_MAX) return '…';
    if (Array.isArray(given)) {
      const shown = given.slice(0, ITEMS_MAX).map((one) => valueAt(one, depth + 1));
      return given.length > ITEMS_MAX ? [...shown, `… ${given.length - ITEMS_MAX} more`] : shown;
    }
    return Object.fromEntries(
      Object.entries(given)
        .slice(0, ITEMS_MAX)
        .map(([key, one]) => [text(key), names.has(key.toLowerCase()) ? MASK : valueAt(one, depth + 1)]),
    );
  };
  return { text, value: (given) => valueAt(given, 0) };
}
