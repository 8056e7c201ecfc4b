/** Named bounds and times of a book; all times in microseconds of event time. */
export interface AlertLimits {
  /** An alert that nothing was added to for so long takes in no more: the next signal opens another. */
  readonly idleMicros: number;
  /** After a revision, further changes wait so long; the pause doubles with each one … */
  readonly pauseMicros: number;
  /** … up to this. A rise in severity and a decision never wait. */
  readonly pauseMaxMicros: number;
  /** Alerts that can take in signals, held at once. Beyond, the least advanced are closed to further signals, and counted. */
  readonly liveMax: number;
  /** Alerts that are over but can still be decided about; beyond, the oldest are forgotten. */
  readonly pastMax: number;
}

const MINUTE = 60_000_000;

/** About 3 KiB an alert of ten signals on the heap (`npm run bench:alerts`), 8 KiB one that is full: 2 GiB where all of these bounds are full at once. */
export const ALERT_LIMITS: AlertLimits = {
  idleMicros: 6 * 60 * MINUTE,
  pauseMicros: MINUTE,
  pauseMaxMicros: 60 * MINUTE,
  liveMax: 200_000,
  pastMax: 50_000,
};
