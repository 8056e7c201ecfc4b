import type { Harness } from './harness.ts';
import { kills } from './kills.ts';
import { outputs } from './outputs.ts';
import { points } from './points.ts';
import { synced } from './synced.ts';
import { torn } from './torn.ts';

/** Every harness, in the order in which they run. */
export const HARNESSES: readonly Harness[] = [kills, points, torn, synced, outputs];
