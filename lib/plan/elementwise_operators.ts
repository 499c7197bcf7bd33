/** Operators whose output elements depend on the input elements at the same place only. */
export const elementwiseOperators: readonly string[] = [
  "ADD",
  "SUB",
  "MUL",
  "RELU",
  "RELU6",
  "LEAKY_RELU",
  "HARD_SWISH",
  "LOGISTIC",
  "TANH",
  "QUANTIZE",
  "DEQUANTIZE",
];
