/**
 * Something in a plan that does not hold.
 *
 * @category Planner
 */
export interface PlanFinding {
  /** Step of the plan; -1 if it is about the plan as a whole. */
  readonly step: number;
  /** Index of the operator in the model; -1 if none is concerned. */
  readonly operator: number;
  /** Index of the tensor; -1 if none is concerned. */
  readonly tensor: number;
  /** Byte of the arena; -1 if none is concerned. */
  readonly byte: number;
  /** What is wrong, in words. */
  readonly message: string;
}

/** A finding about the plan as a whole, or about what `where` names. */
export function finding(message: string, where: Partial<PlanFinding> = {}): PlanFinding {
  return { step: -1, operator: -1, tensor: -1, byte: -1, ...where, message };
}
