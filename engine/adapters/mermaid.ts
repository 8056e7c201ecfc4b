import type { Incident } from '../model/index.ts';
import { graphOf } from './case-graph.ts';
import { printable } from './printable.ts';
import type { SignalFormat } from './signal-format.ts';
import { clip } from './summary.ts';

const LABEL_MAX = 120;

/** The graph of an incident in Mermaid's flowchart notation. Labels are quoted, and everything but letters, digits and blanks in them is an entity code. */
export function mermaidGraph(incident: Incident): string {
  const { nodes, edges, title } = graphOf(incident);
  const lines = nodes.map(({ id, kind, label, detail }) => {
    const text = `"${labelText(label)}<br/>${labelText(detail)}"`;
    return `  ${id}${kind === 'alert' ? `[${text}]` : `([${text}])`}`;
  });
  const arrows = edges.map(({ from, to, label }) =>
    label === '' ? `  ${from} --- ${to}` : `  ${from} -->|"${labelText(label)}"| ${to}`,
  );
  const heading = `  accTitle: ${labelText(title)}`;
  return `${['flowchart LR', heading, ...lines, ...arrows].join('\n')}\n`;
}

/** Mermaid knows `#NUMBER;` for any character; what it could take for markup is written so. */
function labelText(text: string): string {
  return printable(clip(text.replace(/\s+/g, ' '), LABEL_MAX)).replace(
    /[^\p{L}\p{N} .,:_-]/gu,
    (char) => `#${char.codePointAt(0) ?? 0};`,
  );
}

/** The graphs of incidents, one diagram after the other; signals and alerts have none. */
export function mermaidFormat(): SignalFormat {
  return {
    name: 'mermaid',
    begin: nothing,
    signal: nothing,
    alert: nothing,
    incident: mermaidGraph,
    end: nothing,
  };
}

function nothing(): string {
  return '';
}
