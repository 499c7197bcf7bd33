/**
 * Which way an operator's loops run: from the first output element to the last, or backward.
 *
 * @category Planner
 */
export type LoopDirection = "forward" | "reverse";
