import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonProcess, type DaemonStart, freePort, pause } from '../support/daemon-process.ts';
import type { ChaosOptions } from './harness.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { Sender } from './sender.ts';
import { CHAOS_RULES, chaosConfig, type Stream } from './stream.ts';

/** A folder with rules, a port of its own, and a daemon that can be started in it again and again. */
export interface Nest {
  readonly folder: string;
  readonly port: number;
  start(more?: Partial<DaemonStart>): DaemonProcess;
}

/** Makes a nest. `config` comes behind what all have. */
export async function makeNest(folder: string, command: string, config = ''): Promise<Nest> {
  mkdirSync(join(folder, 'rules'), { recursive: true });
  writeFileSync(join(folder, 'rules', 'chaos.yml'), CHAOS_RULES);
  const port = await freePort();
  return {
    folder,
    port,
    start: (more = {}) =>
      DaemonProcess.start({ folder, command, config: chaosConfig(port, config), ...more }),
  };
}

/** Waits until everything sent is accounted for and delivered. */
export async function settled(daemon: DaemonProcess, events: number, withinMs = 60_000): Promise<void> {
  const began = performance.now();
  for (;;) {
    const accounted = await daemon.metric('telltale_events_total');
    // What a request without an answer left in the spool is behind what was acknowledged.
    const behind = await daemon.metric('telltale_source_backlog_bytes');
    const queued = await daemon.metric('telltale_output_queue');
    if (accounted >= events && behind === 0 && queued === 0) return;
    if (performance.now() - began > withinMs)
      throw new Error(
        `after ${withinMs} ms ${accounted} of ${events} events are accounted for:\n${daemon.said}`,
      );
    await pause(20);
  }
}

/** The oracle: an uninterrupted run of the build that is not tampered with. */
export async function uninterrupted(
  { folder }: Pick<ChaosOptions, 'folder'>,
  stream: Stream,
  command: string,
): Promise<Outcome> {
  const nest = await makeNest(join(folder, 'oracle'), command);
  const daemon = nest.start();
  await daemon.ready();
  const sender = new Sender(nest.port);
  for (const batch of [...stream.batches, stream.closing]) await sender.send(batch);
  await settled(daemon, stream.events);
  sender.stop();
  await daemon.stop();
  const outcome = outcomeOf(nest.folder);
  if (outcome.revisions.size < 10)
    throw new Error(`the stream gives only ${outcome.revisions.size} revisions`);
  return outcome;
}

/** After the last fault: sends the rest and what closes the stream, and gives what is left. Throws where it does not come to an end. */
export async function finished(nest: Nest, sender: Sender, rest: Stream['batches']): Promise<Outcome> {
  const daemon = nest.start();
  await daemon.ready();
  for (const batch of rest) await sender.send(batch);
  await settled(daemon, sender.ledger.acknowledged);
  sender.stop();
  await daemon.stop();
  return outcomeOf(nest.folder);
}
