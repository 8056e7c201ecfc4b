import { type Palette, plainPalette } from '../diagnostic/index.ts';
import type { ExplainNode } from './explain.ts';

/** How much of a tree is shown. */
export interface RenderOptions {
  /** How many alternatives that do not hold are shown of a list of them, the nearest first; 3 where absent. */
  readonly misses?: number;
}

const MISSES_SHOWN = 3;

/**
 * An explanation as a tree of text lines: what holds is ticked, what does not is crossed, with what was found and why. Of many
 * alternatives that do not hold only the nearest are shown; the rest are counted.
 */
export function renderExplanation(
  node: ExplainNode,
  palette: Palette = plainPalette,
  options: RenderOptions = {},
): string {
  const lines: string[] = [];
  render(node, {
    lines,
    palette,
    misses: options.misses ?? MISSES_SHOWN,
    found: node.found.join(', '),
    first: '',
    rest: '',
  });
  return lines.join('\n');
}

interface Context {
  readonly lines: string[];
  readonly palette: Palette;
  readonly misses: number;
  /** The values found, as they are to be shown. */
  readonly found: string;
  /** What stands before the node's own line, and before the lines below it. */
  readonly first: string;
  readonly rest: string;
}

function render(node: ExplainNode, context: Context): void {
  const { palette, lines, first, rest, misses } = context;
  lines.push(`${palette.faint(first)}${statement(node, context)}`);
  const shown = choose(node, misses);
  const hidden = node.of.length - shown.length;
  let above = '';
  shown.forEach((member, i) => {
    const last = i === shown.length - 1 && hidden === 0;
    const found = member.found.join(', ');
    render(member, {
      ...context,
      found: found === above ? 'the same' : found,
      first: `${rest}${last ? '└─ ' : '├─ '}`,
      rest: `${rest}${last ? '   ' : '│  '}`,
    });
    above = found;
  });
  if (hidden > 0) {
    lines.push(palette.faint(`${rest}└─ … and ${hidden} more that ${hidden === 1 ? 'does' : 'do'} not hold`));
  }
}

function statement(node: ExplainNode, { palette, found: values }: Context): string {
  const mark = node.holds ? palette.info('✓') : palette.error('✗');
  const head = HEADS[node.kind](node, palette);
  const verdict = node.kind === 'rule' ? (node.holds ? ' fires' : ' does not fire') : '';
  const found = node.found.length === 0 ? '' : palette.faint(`  found ${values}`);
  // What a member says already is not said twice.
  const said = node.of.some((member) => member.why?.text === node.why?.text);
  const why = node.why === undefined || said ? '' : palette.warning(`  ${node.why.text}`);
  return `${mark} ${head}${verdict}${found}${why}`;
}

const HEADS: Readonly<Record<ExplainNode['kind'], (node: ExplainNode, palette: Palette) => string>> = {
  rule: (node, palette) => palette.strong(node.expected),
  selection: (node, palette) =>
    palette.strong(node.expected) +
    (node.joins === undefined || node.of.length < 2 ? '' : ` (${node.joins} of)`),
  logsource: (node) => node.expected,
  and: (node) => shorten(`all of: ${node.expected}`),
  or: (node) => shorten(`any of: ${node.expected}`),
  not: (node) => shorten(node.expected),
  constant: (node) => node.expected,
  field: (node) => node.expected,
  keyword: (node) => node.expected,
};

const HEAD_MAX = 100;

function shorten(text: string): string {
  return text.length > HEAD_MAX ? `${text.slice(0, HEAD_MAX)}…` : text;
}

/** Everything where all must hold; of alternatives those that hold, or the nearest where none does, the nearest first. */
function choose(node: ExplainNode, misses: number): readonly ExplainNode[] {
  if (node.joins !== 'any' || node.of.length <= misses + 1) return node.of;
  const held = node.of.filter((member) => member.holds);
  return held.length > 0 ? held : [...node.of].sort((a, b) => b.nearness - a.nearness).slice(0, misses);
}
