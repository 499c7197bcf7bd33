import { ScheduleError } from "../schedule/schedule_error.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import type { Buffer, Program } from "./program.ts";
import { traceProgram } from "./trace_program.ts";

/**
 * Checks that buffers in the same memory do not destroy each other: runs all addresses and compares,
 * for every byte read, which buffer wrote it last.
 *
 * @throws {ScheduleError} a byte is read that another buffer has overwritten.
 */
export function checkSharing(program: Program): void {
  const { buffers } = program;
  const owners = buffers.filter((one) => buffers.some(({ sharesWith }) => sharesWith === one.name));
  if (owners.length === 0) return;
  const sizes = new Map<string, number>();
  for (const buffer of buffers) {
    const at = homeOf(buffer);
    const sizeBytes = buffer.elements * dtypeBytes(buffer.dtype);
    sizes.set(at, Math.max(sizes.get(at) ?? 0, sizeBytes));
  }
  // Which buffer each byte belongs to, by index plus one; 0: whatever was there at the start.
  const held = new Map(owners.map(({ name }) => [name, new Uint8Array(sizes.get(name)!)]));
  const zero = Object.fromEntries(buffers.map(({ name }) => [name, 0]));
  traceProgram(program, zero, (address, bytes, index, stores) => {
    const buffer = buffers[index];
    const memory = held.get(homeOf(buffer));
    if (!memory) return;
    if (stores) {
      memory.fill(index + 1, address, address + bytes);
      return;
    }
    for (let at = address; at < address + bytes; at++) {
      const owner = memory[at] || (buffer.role === "input" ? index + 1 : 0);
      if (owner === index + 1) continue;
      const element = Math.floor(at / dtypeBytes(buffer.dtype));
      const other = owner === 0 ? "nothing has written" : `"${buffers[owner - 1].name}" overwrote`;
      throw new ScheduleError(
        `Cannot run ${program.name} in shared memory: it reads element ${element} of ` +
          `"${buffer.name}", which ${other}`,
      );
    }
  }, { onlyActive: true });
}

function homeOf({ name, sharesWith = name }: Buffer): string {
  return sharesWith;
}
