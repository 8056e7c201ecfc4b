import type { BodyFormat, Delivered, OutboxItem, OutputPort, RenderedDelivery } from '../../runtime/index.ts';
import { bodyHead, bodyText } from './body-text.ts';

/** How to write to a stream. */
export interface StdoutOutputOptions {
  readonly name: string;
  readonly format: BodyFormat;
  readonly productVersion: string;
}

/** Writes to standard output, and waits until what is behind it has taken it. */
export class StdoutOutput implements OutputPort {
  readonly name: string;
  readonly batchMax = 1000;
  readonly #options: StdoutOutputOptions;
  readonly #stream: NodeJS.WritableStream;
  #begun = false;

  constructor(options: StdoutOutputOptions, stream: NodeJS.WritableStream) {
    this.name = options.name;
    this.#options = options;
    this.#stream = stream;
  }

  async deliver(items: readonly OutboxItem[]): Promise<readonly Delivered[]> {
    const text = this.#text(items);
    const failure = await new Promise<Error | null | undefined>((resolve) => {
      this.#stream.write(text, resolve);
    });
    if (failure) return items.map(() => ({ kind: 'retry', reason: failure.message }));
    this.#begun = true;
    return items.map(() => ({ kind: 'done' }));
  }

  render(items: readonly OutboxItem[]): readonly RenderedDelivery[] {
    return [{ to: 'standard output', headers: [], body: new TextEncoder().encode(this.#text(items)) }];
  }

  async close(): Promise<void> {}

  #text(items: readonly OutboxItem[]): string {
    const { format, productVersion } = this.#options;
    const body = items.map((item) => bodyText(item, format, productVersion)).join('');
    return this.#begun ? body : bodyHead(format, items) + body;
  }
}
