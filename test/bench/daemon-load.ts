/** A process of its own that sends a recording to a daemon over HTTP, over and over, as live: forked by the daemon's benchmark. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

/** What it is told. */
export interface LoadOrder {
  readonly port: number;
  /** NDJSON. */
  readonly recording: string;
  readonly batchEvents: number;
  readonly connections: number;
  /** Events a second, whatever is answered; 0: as fast as answers come. */
  readonly ratePerSec: number;
  readonly seconds: number;
  /** How many times over at most, whatever time that takes; 0: as long as the seconds last. */
  readonly rounds: number;
  /** One probe every so many milliseconds; 0: none. */
  readonly probeEveryMs: number;
  /** The number of the first probe. */
  readonly probesFrom: number;
}

/** What it answers. */
export interface LoadReport {
  readonly acknowledged: number;
  readonly bytes: number;
  /** Requests that were answered with anything but success; what they held was not counted. */
  readonly refused: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Milliseconds from the first byte of a request to its answer. */
  readonly answerMs: readonly number[];
  /** Number of each probe, and when it was acknowledged, microseconds. */
  readonly probes: readonly (readonly [number, number])[];
}

interface Body {
  readonly bytes: Buffer;
  readonly events: number;
  /** Where the times stand that are set anew at every sending. */
  readonly times: readonly number[];
}

/** How the recordings write the time of an event. */
const TIME = /"(?:@timestamp|TimeCreated)":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"/g;
const TIME_LENGTH = 24;

/** The lines of a recording in bodies; one for each sending that may be under way, so that times can be set in place. */
function bodiesOf(bytes: Buffer, batchEvents: number): Body[] {
  const bodies: Body[] = [];
  let start = 0;
  while (start < bytes.length) {
    let end = start;
    let events = 0;
    while (end < bytes.length && events < batchEvents) {
      const newline = bytes.indexOf(10, end);
      end = newline < 0 ? bytes.length : newline + 1;
      events++;
    }
    const body = Buffer.from(bytes.subarray(start, end));
    const times = [...body.toString('latin1').matchAll(TIME)].map(
      (found) => found.index + found[0].length - 1 - TIME_LENGTH,
    );
    bodies.push({ bytes: body, events, times });
    start = end;
  }
  return bodies;
}

function now(): string {
  return new Date().toISOString();
}

async function load(order: LoadOrder): Promise<LoadReport> {
  const bodies = bodiesOf(readFileSync(order.recording), order.batchEvents);
  const agent = new Agent({ keepAlive: true, maxSockets: order.connections + 1 });
  const post = (body: Buffer): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request(
        {
          agent,
          host: '127.0.0.1',
          port: order.port,
          path: '/ingest',
          method: 'POST',
          headers: { 'content-type': 'application/x-ndjson', 'content-length': body.length },
        },
        (response) => {
          response.resume();
          response.once('end', () => resolve(response.statusCode ?? 0));
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  const used = process.cpuUsage();
  const began = performance.now();
  const answerMs: number[] = [];
  const probes: [number, number][] = [];
  let [next, offered, acknowledged, bytes, refused] = [0, 0, 0, 0, 0];
  const passed = (): number => (performance.now() - began) / 1000;
  const more = (): boolean =>
    order.rounds === 0 ? passed() < order.seconds : next < order.rounds * bodies.length;
  const sending = async (): Promise<void> => {
    while (more()) {
      const body = bodies[next++ % bodies.length];
      if (body === undefined) throw new Error('the recording is empty');
      const due = order.ratePerSec === 0 ? 0 : offered / order.ratePerSec;
      offered += body.events;
      if (order.rounds === 0 && due > order.seconds) return;
      if (due > passed()) await new Promise((wake) => setTimeout(wake, (due - passed()) * 1000));
      const time = now();
      for (const at of body.times) body.bytes.write(time, at, TIME_LENGTH, 'latin1');
      const sentAt = performance.now();
      const status = await post(body.bytes);
      answerMs.push(performance.now() - sentAt);
      if (status === 200) {
        acknowledged += body.events;
        bytes += body.bytes.length;
      } else {
        refused++;
        // As the answer asks, only sooner: the benchmark does not last that long.
        await new Promise((wake) => setTimeout(wake, 250));
      }
    }
  };
  const probing = async (): Promise<void> => {
    if (order.probeEveryMs === 0) return;
    for (let i = 0; passed() < order.seconds; i++) {
      const number = order.probesFrom + i;
      const status = await post(Buffer.from(`${JSON.stringify(probe(number))}\n`));
      if (status === 200) {
        probes.push([number, Date.now() * 1000]);
        acknowledged++;
      }
      const due = (i + 1) * order.probeEveryMs - passed() * 1000;
      if (due > 0) await new Promise((wake) => setTimeout(wake, due));
    }
  };
  await Promise.all([...Array.from({ length: order.connections }, sending), probing()]);
  const seconds = passed();
  const { user, system } = process.cpuUsage(used);
  agent.destroy();
  return { acknowledged, bytes, refused, seconds, cpuSeconds: (user + system) / 1e6, answerMs, probes };
}

/** An event on which the probe's rule holds, and of which a new alert comes: of a host of its own. */
function probe(number: number): Readonly<Record<string, unknown>> {
  return {
    '@timestamp': now(),
    Channel: 'Application',
    EventID: 41_999,
    SourceName: 'telltale-probe',
    Hostname: `probe-${number}`,
    Message: `probe ${number}`,
  };
}

process.on('message', (order: LoadOrder) => {
  load(order).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(5);
    },
  );
});
