/** The forms a report can take. */
export const REPORT_FORMATS = ['pretty', 'json', 'ndjson', 'junit', 'sarif', 'github', 'markdown'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
