/** The other side of `compileFeedsAside`: compiles feeds once, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { type CompileAnswer, type CompileOrder, compileFeeds } from './feed-compiler.ts';

const { feeds, copies }: CompileOrder = workerData;
const { snapshot, ...rest } = await compileFeeds(feeds, copies);
const answer: CompileAnswer = { ...rest, parts: snapshot.shared() };
parentPort?.postMessage(answer);
