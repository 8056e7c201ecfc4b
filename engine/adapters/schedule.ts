import cron from 'node-cron';

/** Work that is done at the times that a cron expression names. */
export interface Scheduled {
  stop(): void;
}

/** Whether a text is a cron expression of five or six fields. */
export function isSchedule(expression: string): boolean {
  return cron.validate(expression);
}

/** Does work at the times that the expression names, in local time; work that still runs is not begun again. */
export function schedule(expression: string, work: () => Promise<void>): Scheduled {
  const task = cron.schedule(expression, work, { noOverlap: true });
  return {
    stop: () => {
      void task.stop();
    },
  };
}
