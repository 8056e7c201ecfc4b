import {
  cefFormat,
  csvFormat,
  ecsFormat,
  graphvizFormat,
  htmlFormat,
  jsonFormat,
  leefFormat,
  markdownFormat,
  mermaidFormat,
  ndjsonFormat,
  ocsfFormat,
  prettyFormat,
  type SignalFormat,
  stixFormat,
} from '../adapters/index.ts';
import type { Palette } from '../diagnostic/index.ts';
import type { Emitted, FindingFormat } from './finding-formats.ts';
import { packageVersion } from './package-folder.ts';

/** The writer of a form; a table holds the first of the kinds to be written. */
export function formatOf(
  name: FindingFormat,
  { emit, palette }: { readonly emit: readonly Emitted[]; readonly palette: Palette },
): SignalFormat {
  switch (name) {
    case 'ndjson':
      return ndjsonFormat();
    case 'json':
      return jsonFormat();
    case 'csv':
      return csvFormat(emit[0]);
    case 'pretty':
      return prettyFormat(palette);
    case 'ocsf':
      return ocsfFormat(packageVersion());
    case 'stix':
      return stixFormat();
    case 'ecs':
      return ecsFormat();
    case 'cef':
      return cefFormat(packageVersion());
    case 'leef':
      return leefFormat(packageVersion());
    case 'markdown':
      return markdownFormat();
    case 'html':
      return htmlFormat();
    case 'mermaid':
      return mermaidFormat();
    case 'graphviz':
      return graphvizFormat();
    default:
      return name satisfies never;
  }
}
