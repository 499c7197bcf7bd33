/**
 * Parts of the exact search. Each can be switched off to see what it is worth; all on is best.
 *
 * @category Allocation
 */
export interface AllocateRules {
  /** Try first fit and best fit in several orders before searching. */
  readonly heuristics?: boolean;
  /** Start over in other orders, after ever longer attempts, instead of searching in one order. */
  readonly restarts?: boolean;
  /** Give up where a floor plus the sizes still to come above it exceed the capacity. */
  readonly bound?: boolean;
  /** Give up where what reaches over the walls of a valley cannot fit above them. */
  readonly walls?: boolean;
  /** Raise a floor to the lowest place where any buffer still to come can start. */
  readonly raise?: boolean;
  /** A place left empty costs at least the lowest buffer that could support what comes later. */
  readonly support?: boolean;
  /** Search time ranges that no buffer still to come connects one after the other, each alone. */
  readonly decompose?: boolean;
  /** Remember states that were searched in vain. */
  readonly memo?: boolean;
  /** Place buffers that are interchangeable in one order only. */
  readonly twins?: boolean;
}

/** Every rule on. */
export const allRules: Readonly<Required<AllocateRules>> = {
  heuristics: true,
  restarts: true,
  bound: true,
  walls: true,
  raise: true,
  support: true,
  decompose: true,
  memo: true,
  twins: true,
};
