/** A command line that cannot be understood, or input that cannot be read: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
