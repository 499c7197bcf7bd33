import type { Region } from "../../../kernel/kernel.ts";

/** All of the memory: kernels of training get addresses as parameters. */
export const MEMORY: Region = {
  name: "memory",
  space: "memory",
  offsetBytes: 0,
  sizeBytes: 0,
  check: null,
};

/** Bytes of one vector of four float32. */
export const VECTOR_BYTES = 16;
