import { registryDetails, registryPath } from './registry.ts';

/** What can be worked out of a text. */
export const DERIVATIONS = [
  'length',
  'uri_extension',
  'uri_query',
  'parent_domain',
  'registry_path',
  'registry_details',
] as const;
export type Derivation = (typeof DERIVATIONS)[number];

/**
 * `length`: in characters. `uri_extension`: of the last part of the path, without the dot, in lower case. `uri_query`: behind the first `?`. `parent_domain`:
 * the last two labels, three where the second last is a common registry's (`co.uk`): near enough to group by, and no list that has to be kept. Undefined
 * where there is none. `registry_path` of a value's name and its key, `registry_details` of a value's type and text: `also` is the second of the two.
 */
export function derive(kind: Derivation, text: string, also = ''): string | number | undefined {
  switch (kind) {
    case 'length':
      return [...text].length;
    case 'uri_extension': {
      const path = text.replace(/[?#].*$/s, '').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
      const name = path.slice(path.lastIndexOf('/') + 1);
      const dot = name.lastIndexOf('.');
      return dot < 0 || dot === name.length - 1 ? undefined : name.slice(dot + 1).toLowerCase();
    }
    case 'uri_query': {
      const at = text.indexOf('?');
      return at < 0 ? undefined : text.slice(at + 1).replace(/#.*$/s, '');
    }
    case 'parent_domain':
      return parentDomain(text.toLowerCase().replace(/\.$/, ''));
    case 'registry_path':
      return registryPath(also, text);
    case 'registry_details':
      return registryDetails(text, also);
    default:
      return kind satisfies never;
  }
}

const REGISTRY_LABELS: ReadonlySet<string> = new Set([
  'ac',
  'co',
  'com',
  'edu',
  'gob',
  'gov',
  'go',
  'mil',
  'ne',
  'net',
  'or',
  'org',
]);

function parentDomain(name: string): string | undefined {
  const labels = name.split('.');
  const [top = '', second = ''] = [labels.at(-1), labels.at(-2)];
  if (labels.length < 2 || /^[\d.]+$/.test(name)) return undefined;
  const count = top.length === 2 && REGISTRY_LABELS.has(second) ? 3 : 2;
  return labels.length < count ? undefined : labels.slice(-count).join('.');
}
