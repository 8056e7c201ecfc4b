/**
 * The triggers that fired for the current event. One list serves all matchers of a program, so a trigger is listed once
 * however often its text occurs.
 */
export class Fired {
  /** By trigger: the generation (event number) in which it fired last. */
  readonly stamp: Int32Array;
  readonly ids: Int32Array;
  count = 0;
  generation = 0;
  /** Units looked at and patterns compared by all matchers so far: the measure of work that tests look at. */
  steps = 0;
  /** Where `steps` may go for the current event; infinite where it is not limited. */
  stepsEnd = Number.POSITIVE_INFINITY;
  /** Whether a value was not searched to its end for want of steps, since this was last made false. */
  cut = false;

  constructor(triggerCount: number) {
    this.stamp = new Int32Array(triggerCount);
    this.ids = new Int32Array(triggerCount);
  }

  /** Starts the next event. */
  next(): void {
    this.count = 0;
    this.generation++;
  }

  /** Notes a firing; repeated ones are ignored. */
  add(trigger: number): void {
    if (this.stamp[trigger] === this.generation) return;
    this.stamp[trigger] = this.generation;
    this.ids[this.count++] = trigger;
  }

  /** Whether it fired for the current event. */
  has(trigger: number): boolean {
    return this.stamp[trigger] === this.generation;
  }
}
