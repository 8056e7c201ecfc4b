import type { Notable } from './case.ts';
import { round, spanText } from './links.ts';

/** Why a sighting is notable, in plain words with its figures; and what declares more than it within the same moment, so that it adds nothing. */
export function reasonOf({ surprise, subject, declared, sighting }: Notable, over?: Notable): string {
  const beside =
    over === undefined ? '' : ` in one moment with '${over.sighting.rule.title}', which says more`;
  const said =
    declared > 0
      ? `declared ${sighting.severity} with confidence ${round(sighting.confidence)}${beside}`
      : '';
  const unusual = unusualReason({ surprise, subject });
  return [unusual, said].filter((text) => text !== '').join('; ') || 'asked for by a template';
}

function unusualReason({ surprise, subject }: Pick<Notable, 'surprise' | 'subject'>): string {
  const { kind, seen, expected } = surprise;
  const on = subject === '' ? 'here' : `on ${subject}`;
  const chance = `${round(expected)} expected by chance in half an hour`;
  switch (kind) {
    case 'usual':
      return '';
    case 'new_rule':
      return `never seen before anywhere; ${chance}`;
    case 'new_here':
      return `never seen before ${on}, on ${seen} other${seen === 1 ? '' : 's'}; ${chance}`;
    case 'rare':
      return `seen in ${seen} episode${seen === 1 ? '' : 's'} before ${on}; ${chance}`;
    case 'burst':
      return `many times as often as ever before ${on}: at most ${seen} in five minutes until then`;
    case 'silent':
      return `fell silent ${on} after ${seen} sightings, where ${round(expected)} more were to be expected`;
  }
}

/** Bits of surprise as odds, for people: `1 in 1,000`. */
export function oddsText(bits: number): string {
  const odds = 2 ** Math.min(bits, 60);
  if (odds < 2) return 'nothing unusual';
  return `1 in ${Math.round(Number(odds.toPrecision(2))).toLocaleString('en-US')}`;
}

/** A span for people. */
export { spanText };
