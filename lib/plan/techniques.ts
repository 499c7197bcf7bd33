/**
 * What the planner can do, each switchable, in the order of the ladder. With none of them a plan is
 * what TensorFlow Lite Micro makes of the model as it stands.
 *
 * @category Planner
 */
export const techniques = {
  "fold-pad": "a PAD before a convolution or pool becomes the padding of that operator",
  "alias-views": "RESHAPE, SQUEEZE and EXPAND_DIMS share the memory of their input",
  "integer-edges": "the caller hands and takes integers: QUANTIZE and DEQUANTIZE at the edge go",
  "direct-kernels": "kernels that keep their sums in registers, without scratch memory",
  "optimal-offsets": "an exact search for offsets in place of largest-first",
  reorder: "the operator order with the smallest peak",
  "in-place-depthwise": "a depthwise convolution overwrites its input channel by channel",
  overlap: "an operator's output overwrites what it has read of an input that dies",
} as const;

/**
 * Name of a technique.
 *
 * @category Planner
 */
export type TechniqueName = keyof typeof techniques;

/**
 * All techniques in the order of the ladder.
 *
 * @category Planner
 */
export const techniqueNames = Object.keys(techniques) as readonly TechniqueName[];
