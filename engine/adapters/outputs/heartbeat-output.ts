import type { ClockPort, Delivered, OutboxItem, OutputPort, RenderedDelivery } from '../../runtime/index.ts';
import { HTTP_SENDER_DEFAULTS, HttpSender } from './http-sender.ts';
import { maskedUrl } from './webhook-output.ts';

/** Whom to call, and how often. */
export interface HeartbeatOutputOptions {
  readonly name: string;
  readonly url: string;
  readonly everyMs: number;
  readonly allowPrivate: boolean;
}

/** Says at regular times that the engine lives. A missed beat is not sent later: its absence is the message. It sees no alerts. */
export class HeartbeatOutput implements OutputPort {
  readonly name: string;
  readonly batchMax = 1;
  readonly #options: HeartbeatOutputOptions;
  readonly #clock: ClockPort;
  readonly #sender: HttpSender;

  constructor(options: HeartbeatOutputOptions, clock: ClockPort) {
    this.name = options.name;
    this.#options = options;
    this.#clock = clock;
    this.#sender = new HttpSender({ ...HTTP_SENDER_DEFAULTS, ...options }, clock);
  }

  /** Beats until stopped; what fails is told, and not tried again before the next beat. */
  async beat(stop: AbortSignal, trouble: (reason: string) => void): Promise<void> {
    while (!stop.aborted) {
      const result = await this.#send(stop);
      if (result.kind !== 'done' && result.kind !== 'held' && !stop.aborted) trouble(result.reason);
      await this.#clock.sleep(this.#options.everyMs, stop);
    }
  }

  async deliver(items: readonly OutboxItem[], stop: AbortSignal): Promise<readonly Delivered[]> {
    const result = await this.#send(stop);
    return items.map(() => result);
  }

  render(): readonly RenderedDelivery[] {
    const to = `POST ${maskedUrl(this.#options.url)}`;
    return [{ to, headers: [['content-type', 'application/json']], body: this.#body() }];
  }

  close(): Promise<void> {
    return this.#sender.close();
  }

  #send(stop: AbortSignal): Promise<Delivered> {
    return this.#sender.post(this.#body(), { 'content-type': 'application/json' }, stop);
  }

  #body(): Uint8Array {
    const time = new Date(this.#clock.nowMicros() / 1000).toISOString();
    return new TextEncoder().encode(JSON.stringify({ kind: 'heartbeat', time }));
  }
}
