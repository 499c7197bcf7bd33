/**
 * One point of a schedule space: every choice that the template of `scheduleOf` leaves open. Plain
 * data. A choice that makes no sense beside the others (a row axis that is the column axis, a tile
 * no larger than the register block) has no effect; one that is illegal is refused when applied.
 */
export interface Genome {
  /** Space axis of the columns of the register block, or null. */
  readonly column: string | null;
  /** Columns of the register block, in vectors where the columns are vectorized. */
  readonly columns: number;
  /** Space axis of the rows of the register block, or null. */
  readonly row: string | null;
  readonly rows: number;
  /** The block is computed column by column, else row by row. */
  readonly rowsInside: boolean;
  /** What lies along the lanes of a vector; `reduction` is the innermost one. */
  readonly vector: "column" | "reduction" | "none";
  /** The target stays in registers during all reductions; else it is updated in memory. */
  readonly hold: boolean;
  /** Element type of the packed operand along the vector, where pairs are multiplied; or null. */
  readonly pairs: "i16" | "i8" | null;
  /** Size of an outer tile of each axis; 0: none. */
  readonly tiles: Readonly<Record<string, number>>;
  /** All axes in the order of their outer tiles, outermost first. */
  readonly tileOrder: readonly string[];
  /** The space axes, outermost first. */
  readonly spaceOrder: readonly string[];
  /** The reduction axes, outermost first. */
  readonly reductionOrder: readonly string[];
  /** Unrolling of the innermost reduction, or of the innermost loop when nothing is held. */
  readonly unroll: number | "full";
  /** The reduction around the innermost is unrolled in full too. */
  readonly unrollNext: boolean;
  /** For each input how many loops are outside the packing of its copy; -1: it is not packed. */
  readonly packs: Readonly<Record<string, number>>;
  /** Which of the space loops is shared among threads, from the outermost; -1: none. */
  readonly parallel: number;
}
