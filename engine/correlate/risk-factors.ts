import type { Signal } from '../model/index.ts';
import { membersOf } from './key.ts';
import { SOURCE_FIELD } from './plan.ts';

const DAY_MICROS = 86_400_000_000;

/** What one rule said of one entity on one day. */
interface Share {
  /** 0–1, when it was said. */
  readonly share: number;
  readonly newest: Signal;
}

/** A rule counts once a day: signals with one key stand for each other, the newest for all. */
export function factorKey(signal: Signal): string {
  return `${Math.floor(signal.end / DAY_MICROS)} ${signal.rule.id}`;
}

/** A signal's share of risk when it comes: its score times its weight, 0–1. */
export function shareOf(signal: Signal, weight: number): number {
  return Math.max(0, Math.min(1, (signal.score / 100) * weight));
}

/** What is left of a share at a time (microseconds). */
export function shareAt({ share, newest }: Share, time: number, halfLifeMicros: number): number {
  return share * 2 ** (-(time - newest.end) / halfLifeMicros);
}

/** The shares together, 0–100: R = 100·(1 − Π(1 − share)). */
export function riskOf(shares: Iterable<Share>, time: number, halfLifeMicros: number): number {
  let calm = 1;
  for (const share of shares) calm *= 1 - shareAt(share, time, halfLifeMicros);
  return 100 * (1 - calm);
}

/** The ATT&CK tactics among a rule's tags: those that are no technique, group or software. */
export function tacticsOf(signal: Signal): string[] {
  return signal.rule.tags
    .map((tag) => /^attack\.([a-z][a-z_-]*)$/i.exec(tag)?.[1]?.toLowerCase().replaceAll('_', '-'))
    .filter((tactic) => tactic !== undefined);
}

/** The sources its events came by. */
export function sourcesOf(signal: Signal): string[] {
  return membersOf(signal, SOURCE_FIELD).map(String);
}
