/**
 * Sends one message of the Jupyter protocol (`display_data`, `update_display_data`, `error` ...)
 * to every front end.
 *
 * @category Notebooks
 */
export type Broadcast = (type: string, content: Record<string, unknown>) => Promise<void>;

/** The broadcast of the Deno Jupyter kernel this code runs in, or null outside of a kernel. */
export function kernelBroadcast(): Broadcast | null {
  try {
    // Outside of the kernel this property is a getter that throws.
    const { jupyter } = Deno;
    return (type, content) => jupyter.broadcast(type, content);
  } catch {
    return null;
  }
}
