import type { FeedAccessConfig } from './config.ts';
import { type Plain, part } from './plain.ts';

/** The way of each feed that the configuration speaks of, by its name. `headers` reads a map whose values may be references to secrets. */
export function readFeedAccess(
  value: Plain,
  headers: (given: Plain, way: readonly (string | number)[]) => Readonly<Record<string, string>>,
): Readonly<Record<string, FeedAccessConfig>> {
  const feeds = part(value, 'feeds') ?? {};
  return Object.fromEntries(
    Object.keys(feeds).map((name) => {
      const given = part(feeds, name) ?? {};
      const read = Object.entries(headers(given, ['feeds', name])).map(
        ([key, text]) => [key.toLowerCase(), text] as const,
      );
      return [name, { allowPrivate: given['allow_private'] === true, headers: Object.fromEntries(read) }];
    }),
  );
}
