import type { Route } from '../route.ts';
import { CASE_ROUTES } from './cases.ts';
import { KNOWLEDGE_ROUTES } from './knowledge.ts';
import { OPERATION_ROUTES } from './operation.ts';
import { POISON_ROUTES } from './poison.ts';
import { SILENCE_ROUTES } from './silences.ts';
import { STREAM_ROUTES } from './stream.ts';

/** Everything that can be asked, apart from what the application says of itself. */
export const ROUTES: readonly Route[] = [
  ...CASE_ROUTES,
  ...KNOWLEDGE_ROUTES,
  ...SILENCE_ROUTES,
  ...OPERATION_ROUTES,
  ...POISON_ROUTES,
  ...STREAM_ROUTES,
];
