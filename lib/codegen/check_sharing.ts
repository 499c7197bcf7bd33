import { ScheduleError } from "../schedule/schedule_error.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import { layOut } from "./memory_layout.ts";
import type { Buffer, Program } from "./program.ts";
import { traceProgram } from "./walk_program.ts";

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
  const { offsetBytes } = layOut(buffers, 1);
  traceProgram(program, (address, bytes, index, stores, usedBytes) => {
    const buffer = buffers[index];
    const memory = held.get(homeOf(buffer));
    if (!memory) return;
    const first = address - offsetBytes[buffer.name];
    if (stores) {
      memory.fill(index + 1, first, first + bytes);
      return;
    }
    for (let at = first; at < first + usedBytes; at++) {
      const owner = memory[at] || (buffer.role === "input" ? index + 1 : 0);
      if (owner === index + 1) continue;
      const element = Math.floor(at / dtypeBytes(buffer.dtype));
      const other = owner === 0 ? "nothing has written" : `"${buffers[owner - 1].name}" overwrote`;
      throw new ScheduleError(
        `Cannot run ${program.name} in shared memory: it reads element ${element} of ` +
          `"${buffer.name}", which ${other}`,
      );
    }
  });
}

function homeOf({ name, sharesWith = name }: Buffer): string {
  return sharesWith;
}
