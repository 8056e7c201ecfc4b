/** Why a request is not answered as asked. */
export class ApiFault extends Error {
  readonly status: number;
  /** Short and stable, for programs. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    said: { readonly message: string; readonly headers?: Readonly<Record<string, string>> },
  ) {
    super(said.message);
    this.name = 'ApiFault';
    this.status = status;
    this.code = code;
    this.headers = said.headers ?? {};
  }

  /** The answer. */
  response(): Response {
    const body = JSON.stringify({ error: { code: this.code, message: this.message } });
    return new Response(body, {
      status: this.status,
      headers: { 'content-type': 'application/json', ...this.headers },
    });
  }
}
