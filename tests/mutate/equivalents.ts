/** Changes that nothing can notice, each with the reason. */
export const equivalents: readonly {
  readonly path: string;
  /** The line as it stands, without indentation. */
  readonly line: string;
  readonly before: string;
  readonly after: string;
  readonly why: string;
}[] = [];
