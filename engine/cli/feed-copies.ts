/** Where copies of fetched feeds lie unless something else is said. */
export const FEED_COPIES = './telltale-state/feeds';
