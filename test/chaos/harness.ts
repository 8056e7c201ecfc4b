/** What a harness is told. */
export interface ChaosOptions {
  /** How often the fault is made; each harness says what one time is. */
  readonly runs: number;
  readonly seed: number;
  /** A folder of its own. */
  readonly folder: string;
  /** The command that is tried: this repository's build, or a copy of it with a fault planted. */
  readonly command: string;
  readonly say: (text: string) => void;
}

/** What a harness saw. */
export interface ChaosReport {
  /** What was done and survived, in words, one line each. */
  readonly seen: readonly string[];
  /** What went wrong; empty where all held. */
  readonly failures: readonly string[];
}

/** A way of making the daemon's life hard, with what must hold all the same. */
export interface Harness {
  readonly name: string;
  /** What is done, and what must hold. */
  readonly about: string;
  /** Times in a short run and in a long one. */
  readonly shortRuns: number;
  readonly longRuns: number;
  /** Names of mutants that it must catch before it is believed; see `mutants.ts`. */
  readonly mutants: readonly string[];
  /** Times that are enough to catch a mutant. */
  readonly mutantRuns: number;
  run(options: ChaosOptions): Promise<ChaosReport>;
}
