/** The other side of `compileFeedsAside`: compiles feeds once, and ends. */
import { answerAside } from '../runtime/index.ts';
import { type CompileAnswer, type CompileOrder, compileFeeds } from './feed-compiler.ts';

await answerAside<CompileOrder>(async ({ feeds, copies }): Promise<CompileAnswer> => {
  const { snapshot, ...rest } = await compileFeeds(feeds, copies);
  return { ...rest, parts: snapshot.shared() };
});
