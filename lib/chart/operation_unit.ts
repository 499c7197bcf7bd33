/** The unit a rate is drawn in, where a multiply-accumulate counts as two operations. */
export interface OperationUnit {
  readonly name: string;
  readonly explained: string;
}

/** GFLOP/s for floating point, GOP/s as soon as integers take part. */
export function operationUnit(dtypes: readonly string[]): OperationUnit {
  const float = dtypes.every((dtype) => /^(f|float|bfloat)\d*$/.test(dtype));
  return {
    name: float ? "GFLOP/s" : "GOP/s",
    explained: `${dtypes.join(", ")} · a multiply-accumulate counts as two operations`,
  };
}
