/**
 * A project that cannot be written, built or run here; the message says what would help.
 *
 * @category Deployment
 */
export class DeployError extends Error {
  /** The class, for people. */
  override readonly name = "DeployError";
}
