import type { Region } from "../../../codegen/kernel/kernel.ts";

/** All of the memory: kernels of training get addresses as parameters. */
export const MEMORY: Region = { name: "memory", address: 0, sizeBytes: 0, check: null };

/** Bytes of one vector of four float32. */
export const VECTOR_BYTES = 16;
