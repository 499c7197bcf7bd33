/**
 * A plan that does not hold: what is wrong, at which operator, tensor and byte.
 *
 * @category Planner
 */
export class PlanError extends Error {
  /** The class, for people. */
  override readonly name = "PlanError";
}
