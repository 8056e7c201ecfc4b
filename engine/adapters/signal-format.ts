import type { Signal } from '../model/index.ts';

/** One way to write signals as text: what stands before the first, each one, and what stands after the last. */
export interface SignalFormat {
  readonly name: string;
  begin(): string;
  signal(signal: Signal): string;
  end(): string;
}
