import type { Incident } from '../model/index.ts';
import { graphOf } from './case-graph.ts';
import { printable } from './printable.ts';
import type { SignalFormat } from './signal-format.ts';
import { clip } from './summary.ts';

const LABEL_MAX = 120;

/** The graph of an incident in the DOT language of Graphviz. In quoted strings a quote and a backslash are escaped; labels hold no markup. */
export function graphvizGraph(incident: Incident): string {
  const { nodes, edges, title } = graphOf(incident);
  const lines = nodes.map(({ id, kind, label, detail }) => {
    const shape = kind === 'alert' ? 'box' : 'ellipse';
    return `  ${id} [shape=${shape}, label="${labelText(label)}\\n${labelText(detail)}"];`;
  });
  const arrows = edges.map(({ from, to, label }) =>
    label === '' ? `  ${from} -> ${to} [dir=none];` : `  ${from} -> ${to} [label="${labelText(label)}"];`,
  );
  return `${[`digraph incident {`, '  rankdir=LR;', `  label="${labelText(title)}";`, ...lines, ...arrows, '}'].join('\n')}\n`;
}

function labelText(text: string): string {
  return printable(clip(text.replace(/\s+/g, ' '), LABEL_MAX)).replace(/["\\]/g, '\\$&');
}

/** The graphs of incidents, one digraph after the other; signals and alerts have none. */
export function graphvizFormat(): SignalFormat {
  return {
    name: 'graphviz',
    begin: nothing,
    signal: nothing,
    alert: nothing,
    incident: graphvizGraph,
    end: nothing,
  };
}

function nothing(): string {
  return '';
}
