import type { FunctionWriter } from "./function_writer.ts";

const arrivedAddress = 0;
const roundAddress = 4;
// Not zero: a thread has failed, and nobody may wait for it.
const abandonedAddress = 8;
const forever = -1;
// About 50 microseconds of polling before a thread gives up its core.
const spins = 20_000;

/**
 * All threads wait for each other: the last to arrive starts the next round. Waiting threads poll
 * first, since the others are usually only a microsecond away, and then sleep. Where one of them has
 * failed ({@link abandon}) they trap.
 */
export function emitBarrier(writer: FunctionWriter, threads: number): void {
  const round = writer.local("i32");
  const left = writer.local("i32");
  writer.get(threads);
  writer.i32(1);
  writer.op("i32.gt_s");
  writer.block("if");
  writer.i32(roundAddress);
  writer.atomic("i32.atomic.load");
  writer.set(round);
  // Behind the reading of the round: whoever fails from here on starts another, which ends the wait.
  emitTrapIfAbandoned(writer);
  writer.i32(arrivedAddress);
  writer.i32(1);
  writer.atomic("i32.atomic.rmw.add");
  writer.i32(1);
  writer.op("i32.add");
  writer.get(threads);
  writer.op("i32.eq");
  writer.block("if");
  writer.i32(arrivedAddress);
  writer.i32(0);
  writer.atomic("i32.atomic.store");
  writer.i32(roundAddress);
  writer.i32(1);
  writer.atomic("i32.atomic.rmw.add");
  writer.control("drop");
  writer.i32(roundAddress);
  writer.i32(-1);
  writer.atomic("memory.atomic.notify");
  writer.control("drop");
  writer.control("else");
  writer.i32(spins);
  writer.set(left);
  writer.block("block");
  writer.block("loop");
  writer.i32(roundAddress);
  writer.atomic("i32.atomic.load");
  writer.get(round);
  writer.op("i32.eq");
  writer.op("i32.eqz");
  writer.branch("br_if", 1);
  writer.get(left);
  writer.op("i32.eqz");
  writer.block("if");
  emitSleep(writer, round);
  writer.control("else");
  writer.get(left);
  writer.i32(1);
  writer.op("i32.sub");
  writer.set(left);
  writer.end();
  writer.branch("br", 0);
  writer.end();
  writer.end();
  writer.end();
  emitTrapIfAbandoned(writer);
  writer.end();
}

function emitTrapIfAbandoned(writer: FunctionWriter): void {
  writer.i32(abandonedAddress);
  writer.atomic("i32.atomic.load");
  writer.block("if");
  writer.control("unreachable");
  writer.end();
}

function emitSleep(writer: FunctionWriter, round: number): void {
  writer.i32(roundAddress);
  writer.get(round);
  writer.i64(forever);
  writer.atomic("memory.atomic.wait32");
  writer.control("drop");
}
