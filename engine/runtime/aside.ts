import { parentPort, Worker, workerData } from 'node:worker_threads';

/** Has a module do one piece of work on a thread of its own, which ends with it. Rejects where it fails, or ends without an answer. */
export async function aside<Answer>(module: URL, order: unknown): Promise<Answer> {
  const worker = new Worker(module, { workerData: order });
  try {
    return await new Promise<Answer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`a thread ended with ${code}, without an answer`)));
    });
  } finally {
    await worker.terminate();
  }
}

/** The other side: does the work that the thread was begun for. */
export async function answerAside<Order>(work: (order: Order) => Promise<unknown>): Promise<void> {
  const answer = await work(workerData as Order);
  parentPort?.postMessage(answer);
}
