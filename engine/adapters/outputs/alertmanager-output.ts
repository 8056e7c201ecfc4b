import { MICROS_PER_MS, SEVERITIES, type Severity } from '../../model/index.ts';
import type { ClockPort, Delivered, OutboxItem, OutputPort, RenderedDelivery } from '../../runtime/index.ts';
import { clip, type Summary } from '../summary.ts';
import { HTTP_SENDER_DEFAULTS, HttpSender } from './http-sender.ts';
import { itemSummary } from './item-summary.ts';

/** Which Alertmanager. */
export interface AlertmanagerOutputOptions {
  readonly name: string;
  /** Its base; `/api/v2/alerts` is put behind it. */
  readonly url: string;
  readonly token?: string;
  readonly allowPrivate: boolean;
}

/** Alertmanager resolves what it hears nothing of, after minutes. An open finding is told once a revision, so it is held open for as long. */
const OPEN_MS = 7 * 24 * 3_600_000;
const LABEL_MAX = 1024;
const ENDED: ReadonlySet<string> = new Set(['resolved', 'dismissed', 'archived', 'redirected']);

/**
 * Posts to Alertmanager's API v2. A finding's identity is its labels, of which the severity is one, to route by: with every later revision
 * its other severities are ended.
 */
export class AlertmanagerOutput implements OutputPort {
  readonly name: string;
  readonly batchMax = 64;
  readonly #options: AlertmanagerOutputOptions;
  readonly #clock: Pick<ClockPort, 'nowMicros'>;
  readonly #sender: HttpSender;
  readonly #url: string;

  constructor(options: AlertmanagerOutputOptions, clock: Pick<ClockPort, 'nowMicros'>) {
    this.name = options.name;
    this.#options = options;
    this.#clock = clock;
    this.#url = `${options.url.replace(/\/+$/, '').replace(/\/api\/v2(?:\/alerts)?$/, '')}/api/v2/alerts`;
    this.#sender = new HttpSender({ ...HTTP_SENDER_DEFAULTS, ...options, url: this.#url }, clock);
  }

  async deliver(items: readonly OutboxItem[], stop: AbortSignal): Promise<readonly Delivered[]> {
    const { token } = this.#options;
    const headers = {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const result = await this.#sender.post(this.#body(items), headers, stop);
    return items.map(() => result);
  }

  render(items: readonly OutboxItem[]): readonly RenderedDelivery[] {
    const secret = this.#options.token === undefined ? [] : [['authorization', 'Bearer ***'] as const];
    return [
      {
        to: `POST ${this.#url}`,
        headers: [['content-type', 'application/json'], ...secret],
        body: this.#body(items),
      },
    ];
  }

  close(): Promise<void> {
    return this.#sender.close();
  }

  #body(items: readonly OutboxItem[]): Uint8Array {
    // Of several revisions of one thing the last tells all; two of them in one call would stand in no order.
    const last = new Map(items.map((item) => [`${item.kind}:${item.id}`, item]));
    const nowMs = this.#clock.nowMicros() / MICROS_PER_MS;
    const alerts = [...last.values()].flatMap((item) => {
      const summary = itemSummary(item);
      return summary === undefined ? [] : postable(summary, nowMs);
    });
    return new TextEncoder().encode(JSON.stringify(alerts));
  }
}

function postable(one: Summary, nowMs: number): readonly unknown[] {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const startsMs = Math.min(one.firstSeen / MICROS_PER_MS, nowMs);
  const annotations = {
    summary: clip(one.title, LABEL_MAX) || one.id,
    ...(one.description === undefined ? {} : { description: clip(one.description, 4096) }),
    state: one.state,
    revision: String(one.revision),
    score: String(one.score),
    confidence: String(one.confidence),
    count: String(one.count),
    entities: clip(one.entities.map(({ type, value }) => `${type}:${value}`).join(' '), 4096),
  };
  const told = (severity: Severity, endsMs: number): unknown => ({
    labels: labelsOf(one, severity),
    annotations,
    startsAt: iso(startsMs),
    endsAt: iso(Math.max(endsMs, startsMs)),
  });
  const stale = one.revision === 1 ? [] : SEVERITIES.filter((severity) => severity !== one.severity);
  return [
    told(one.severity, ENDED.has(one.state) ? nowMs : nowMs + OPEN_MS),
    ...stale.map((severity) => told(severity, nowMs)),
  ];
}

/** Labels have fixed names; values are bounded and never empty, as an empty label is none. */
function labelsOf(one: Summary, severity: Severity): Readonly<Record<string, string>> {
  const labels = {
    alertname: one.rule.name ?? one.rule.title,
    finding: one.id,
    kind: one.kind,
    rule: one.rule.id,
    severity,
    source: 'telltale',
  };
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [key, clip(value.trim(), LABEL_MAX) || 'none']),
  );
}
