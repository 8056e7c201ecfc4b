import type { Incident } from '../model/index.ts';

/** A node of an incident's graph: an alert, or an entity that joins alerts. */
export interface GraphNode {
  readonly id: string;
  readonly kind: 'alert' | 'entity';
  readonly label: string;
  /** Second line: the tactic of an alert, the type of an entity. */
  readonly detail: string;
}

/** An edge: a link between alerts, or an alert that names an entity. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** The alerts and links of an incident as a graph that drawing formats share. */
export interface CaseGraph {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/**
 * The graph of an incident: its alerts in order; where a link rests on an entity, the entity stands between the two alerts. An alert that a link
 * names and the incident does not list (a bounded list) becomes a node by its id.
 */
export function graphOf(incident: Incident): CaseGraph {
  const nodes = new Map<string, GraphNode>();
  const ids = new Map<string, string>();
  const add = (key: string, node: Omit<GraphNode, 'id'>): string => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = `n${ids.size}`;
    ids.set(key, id);
    nodes.set(id, { id, ...node });
    return id;
  };
  for (const { alert, title, tactic, count } of incident.members) {
    const detail = [tactic ?? 'no tactic', ...(count > 1 ? [`${count} times`] : [])].join(', ');
    add(`alert ${alert}`, { kind: 'alert', label: title, detail });
  }
  const edges = new Map<string, GraphEdge>();
  const join = (from: string, to: string, label: string): void => {
    edges.set(`${from} ${to} ${label}`, { from, to, label });
  };
  for (const { from, to, kind, entity, weight } of incident.links) {
    const [a, b] = [from, to].map((alert) =>
      add(`alert ${alert}`, { kind: 'alert', label: alert, detail: 'not listed' }),
    );
    if (a === undefined || b === undefined) continue;
    if (entity === undefined) join(a, b, `${kind.replaceAll('_', ' ')} ${weight.toFixed(2)}`);
    else {
      const middle = add(`entity ${entity.type} ${entity.value}`, {
        kind: 'entity',
        label: entity.value,
        detail: entity.type,
      });
      join(a, middle, '');
      join(middle, b, '');
    }
  }
  return { title: incident.title, nodes: [...nodes.values()], edges: [...edges.values()] };
}
