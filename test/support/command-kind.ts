/** Whether a command line can be run in a process that other commands have run in: it reads no standard input, and ends by itself. */
export function isForWarmProcess(args: readonly string[]): boolean {
  return !args.includes('-') && args[0] !== 'run' && args[0] !== 'tail' && !args.includes('--watch');
}
