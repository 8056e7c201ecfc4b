import {
  type ClockPort,
  type Delivered,
  deliverEach,
  type OutboxItem,
  type OutputPort,
  type RenderedDelivery,
} from '../../runtime/index.ts';
import type { Summary } from '../summary.ts';
import { HTTP_SENDER_DEFAULTS, HttpSender } from './http-sender.ts';
import { itemSummary } from './item-summary.ts';
import { slackMessage } from './slack-message.ts';
import { teamsMessage } from './teams-message.ts';
import { maskedUrl } from './webhook-output.ts';

/** Which chat, and its webhook. */
export interface ChatOutputOptions {
  readonly name: string;
  readonly chat: 'slack' | 'teams';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly allowPrivate: boolean;
}

const MESSAGE: Readonly<Record<ChatOutputOptions['chat'], (findings: readonly Summary[]) => unknown>> = {
  slack: slackMessage,
  teams: teamsMessage,
};

/** Messages to people: what is due together goes out as one digest. A digest that is refused is sent again one by one, so that one bad item buries itself only. */
export class ChatOutput implements OutputPort {
  readonly name: string;
  readonly batchMax = 20;
  readonly #options: ChatOutputOptions;
  readonly #sender: HttpSender;

  constructor(options: ChatOutputOptions, clock: Pick<ClockPort, 'nowMicros'>) {
    this.name = options.name;
    this.#options = options;
    this.#sender = new HttpSender({ ...HTTP_SENDER_DEFAULTS, ...options }, clock);
  }

  async deliver(items: readonly OutboxItem[], stop: AbortSignal): Promise<readonly Delivered[]> {
    const result = await this.#send(items, stop);
    if (result.kind !== 'refused' || items.length === 1) return items.map(() => result);
    return deliverEach(items, (item) => this.#send([item], stop), stop);
  }

  render(items: readonly OutboxItem[]): readonly RenderedDelivery[] {
    const { url, headers } = this.#options;
    const masked = Object.keys(headers).map((key) => [key, '***'] as const);
    return [
      {
        to: `POST ${maskedUrl(url)}`,
        headers: [['content-type', 'application/json'], ...masked],
        body: this.#body(items),
      },
    ];
  }

  close(): Promise<void> {
    return this.#sender.close();
  }

  #send(items: readonly OutboxItem[], stop: AbortSignal): Promise<Delivered> {
    const headers = { 'content-type': 'application/json', ...this.#options.headers };
    return this.#sender.post(this.#body(items), headers, stop);
  }

  #body(items: readonly OutboxItem[]): Uint8Array {
    const findings = items.flatMap((item) => itemSummary(item) ?? []);
    return new TextEncoder().encode(JSON.stringify(MESSAGE[this.#options.chat](findings)));
  }
}
