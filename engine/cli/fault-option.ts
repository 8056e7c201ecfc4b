import { FAULT_POINTS, type FaultPoint } from '../runtime/index.ts';

/** What ends the process at a named point; undefined where none was asked for, null where it was and must not be. */
export function faultOf(asked: string | undefined): ((point: FaultPoint) => void) | undefined | null {
  if (asked === undefined) return undefined;
  const [name, count = '1'] = asked.split(':');
  const known = FAULT_POINTS.find((point) => point === name);
  if (known === undefined || process.env['TELLTALE_FAULTS'] !== 'allow') return null;
  let left = Number(count);
  return (point) => {
    if (point === known && --left <= 0) process.kill(process.pid, 'SIGKILL');
  };
}
