import { FirstSeenNode } from './first-seen-node.ts';
import { MeasureNode } from './measure-node.ts';
import type { CorrelationNode, Outlet } from './node.ts';
import { OrderedNode } from './ordered-node.ts';
import type { NodePlan } from './plan.ts';
import { RiskNode } from './risk-node.ts';
import { SequenceNode } from './sequence-node.ts';

/** Makes one rule's plan runnable. */
export function linkNode(plan: NodePlan, outlet: Outlet): CorrelationNode {
  switch (plan.body.kind) {
    case 'measure':
    case 'temporal':
      return new MeasureNode(plan, outlet);
    case 'ordered':
      return new OrderedNode(plan, outlet);
    case 'sequence':
      return new SequenceNode(plan, outlet);
    case 'first_seen':
      return new FirstSeenNode(plan, outlet);
    case 'risk':
      return new RiskNode(plan, outlet);
    default:
      return plan.body satisfies never;
  }
}
