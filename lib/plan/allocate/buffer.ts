/**
 * A stretch of memory that is alive for a while: what an allocator places.
 *
 * Two buffers may share bytes only if their lifetimes do not meet. The lifetime is half-open, so a
 * buffer that ends at 3 and one that begins at 3 do not meet.
 *
 * @category Allocation
 */
export interface Buffer {
  /** Name, unique within one list of buffers. */
  readonly id: string;
  /** First moment at which the buffer is alive (any non-negative integer scale). */
  readonly from: number;
  /** First moment at which it is no longer alive; larger than `from`. */
  readonly until: number;
  /** Size in bytes, a positive integer. */
  readonly sizeBytes: number;
  /** The offset must be a multiple of this; the allocator's `alignmentBytes` when absent. */
  readonly alignmentBytes?: number;
  /** A place decided beforehand, which no allocator moves. */
  readonly offsetBytes?: number;
}

/**
 * A buffer with its place in the arena: bytes `[offsetBytes, offsetBytes + sizeBytes)`.
 *
 * @category Allocation
 */
export interface PlacedBuffer extends Buffer {
  /** First byte of the buffer, counted from the start of the arena. */
  readonly offsetBytes: number;
}
