import { createHmac } from 'node:crypto';
import {
  type BodyTemplate,
  type ClockPort,
  type Delivered,
  deliverEach,
  fillTemplate,
  type OutboxItem,
  type OutputPort,
  type RenderedDelivery,
} from '../../runtime/index.ts';
import { HTTP_SENDER_DEFAULTS, HttpSender } from './http-sender.ts';

/** Where to post, what signs it, and in which form. */
export interface WebhookOutputOptions {
  readonly name: string;
  readonly url: string;
  /** `whsec_` and base64; several, parted by spaces, all sign (for their rotation). */
  readonly secret?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly template?: BodyTemplate;
  readonly allowPrivate: boolean;
  /** From the call to the head of the answer, milliseconds; that of `HTTP_SENDER_DEFAULTS` where absent. */
  readonly answerMaxMs?: number;
}

/**
 * Posts each revision by itself, signed after Standard Webhooks 1.0: `webhook-id` is the item's constant key, so that a receiver can drop what
 * it has seen; `webhook-timestamp` is that of the attempt.
 */
export class WebhookOutput implements OutputPort {
  readonly name: string;
  readonly batchMax = 50;
  readonly #options: WebhookOutputOptions;
  readonly #clock: Pick<ClockPort, 'nowMicros'>;
  readonly #sender: HttpSender;

  constructor(options: WebhookOutputOptions, clock: Pick<ClockPort, 'nowMicros'>) {
    this.name = options.name;
    this.#options = options;
    this.#clock = clock;
    this.#sender = new HttpSender({ ...HTTP_SENDER_DEFAULTS, ...options }, clock);
  }

  deliver(items: readonly OutboxItem[], stop: AbortSignal): Promise<readonly Delivered[]> {
    return deliverEach(
      items,
      (item) => {
        const body = this.#body(item);
        return this.#sender.post(body, this.#headers(item, body), stop);
      },
      stop,
    );
  }

  render(items: readonly OutboxItem[]): readonly RenderedDelivery[] {
    return items.map((item) => {
      const body = this.#body(item);
      const own = new Set(Object.keys(this.#options.headers).map((key) => key.toLowerCase()));
      return {
        to: `POST ${maskedUrl(this.#options.url)}`,
        headers: Object.entries(this.#headers(item, body)).map(
          ([key, value]) => [key, own.has(key.toLowerCase()) ? '***' : value] as const,
        ),
        body,
      };
    });
  }

  close(): Promise<void> {
    return this.#sender.close();
  }

  #body({ body }: OutboxItem): Uint8Array {
    const { template } = this.#options;
    const text = template === undefined ? body : JSON.stringify(fillTemplate(template, JSON.parse(body)));
    return new TextEncoder().encode(text);
  }

  #headers(item: OutboxItem, body: Uint8Array): Readonly<Record<string, string>> {
    const at = String(Math.floor(this.#clock.nowMicros() / 1_000_000));
    const { secret, headers } = this.#options;
    return {
      'content-type': 'application/json',
      'user-agent': 'telltale',
      ...headers,
      'webhook-id': item.key,
      'webhook-timestamp': at,
      ...(secret === undefined ? {} : { 'webhook-signature': signature(secret, { id: item.key, at, body }) }),
    };
  }
}

/** The signatures of a message, one for each secret: `v1,` and the base64 of HMAC-SHA256 over id, time and body (Standard Webhooks 1.0). */
export function signature(
  secret: string,
  message: { readonly id: string; readonly at: string; readonly body: Uint8Array },
): string {
  return secret
    .trim()
    .split(/\s+/)
    .map((one) => {
      const mac = createHmac('sha256', Buffer.from(one.replace(/^whsec_/, ''), 'base64'));
      mac.update(`${message.id}.${message.at}.`).update(message.body);
      return `v1,${mac.digest('base64')}`;
    })
    .join(' ');
}

/** A URL without what may be a secret: the path of a webhook is one. */
export function maskedUrl(url: string): string {
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname === '/' && search === '' ? '/' : '/***'}`;
}
