import { instructions } from "../../kernel/instructions.ts";
import type { KernelCode, Statement } from "../../kernel/kernel.ts";
import { fallsToZero, goesOn } from "../../kernel/parts.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { type EmitContext, ValueEmitter } from "./emit_value.ts";
import { FunctionWriter } from "./function_writer.ts";

/** Encodes a kernel as the body of a WebAssembly function; `code` may be used for one after the other. */
export function emitKernel(
  kernel: KernelCode,
  context: EmitContext,
  code?: ByteWriter,
): Uint8Array {
  const writer = new FunctionWriter(kernel.parameters.length, code);
  const emitter = new StatementEmitter(writer, context, kernel.parameters);
  emitter.emitStatements(kernel.body);
  if (kernel.returns !== null) {
    emitter.checkLoads(kernel.returns);
    emitter.emitValue(kernel.returns);
  }
  return writer.finish();
}

/** Writes code that does what statements say. */
class StatementEmitter extends ValueEmitter {
  emitStatements(statements: readonly Statement[]): void {
    for (let i = 0; i < statements.length; i++) this.emitStatement(statements[i]);
  }

  emitStatement(statement: Statement): void {
    switch (statement.kind) {
      case "remark":
        return;
      case "barrier": {
        if (!this.context.shared) return;
        if (statement.threads.kind === "local") {
          return emitBarrier(this.writer, this.indexOf(statement.threads.local));
        }
        this.emitValue(statement.threads);
        const threads = this.writer.local("i32");
        this.writer.set(threads);
        return emitBarrier(this.writer, threads);
      }
      case "set":
        this.checkLoads(statement.value);
        this.emitValue(statement.value);
        return this.setLocal(statement.local);
      case "call":
        for (const each of statement.args) this.checkLoads(each);
        this.emitValues(statement.args);
        return this.writer.call(this.context.functionIndex(statement.callee));
      case "store": {
        const { op, place, value, lane } = statement;
        this.checkLoads(place.address);
        this.checkLoads(value);
        this.check("write", op, place);
        const pointer = this.emitAddress(place);
        const offsetBytes = this.offsetBehind(place);
        const { dsp } = instructions[op];
        if (dsp?.store) {
          this.emitValue(this.sharedOnce(dsp.expansion(this.asVariable(value))));
          this.access(op, place, pointer);
          return this.writer.memoryLane(dsp.store, offsetBytes, 0);
        }
        this.emitValue(value);
        this.access(op, place, pointer);
        if (lane === null) return this.writer.memory(op, offsetBytes);
        return this.writer.memoryLane(op, offsetBytes, lane);
      }
      case "if":
        this.checkLoads(statement.condition);
        this.emitValue(statement.condition);
        this.writer.block("if");
        this.emitStatements(statement.then);
        if (statement.otherwise.length > 0) {
          this.writer.control("else");
          this.emitStatements(statement.otherwise);
        }
        return this.writer.end();
      case "for":
        return this.#for(statement);
    }
  }

  #for(loop: Extract<Statement, { kind: "for" }>): void {
    const { variable, from, step, atLeastOnce, body } = loop;
    if (!goesOn(loop)) {
      this.checkLoads(from);
      this.emitValue(from);
      this.setLocal(variable);
    }
    if (!atLeastOnce) {
      this.#test(loop);
      this.writer.block("if");
    }
    this.writer.block("loop");
    this.emitStatements(body);
    if (step !== 0) {
      const change = step > 0 ? "i32.add" : "i32.sub";
      this.writer.get(this.indexOf(variable));
      this.writer.i32(Math.abs(step));
      this.instruction(change);
    }
    if (step !== 0 && fallsToZero(loop)) {
      this.context.instrument?.({ kind: "set", local: variable }, this.writer);
      this.context.instrument?.({ kind: "loopTest" }, this.writer);
      this.writer.tee(this.indexOf(variable));
    } else {
      if (step !== 0) this.setLocal(variable);
      this.#test(loop);
    }
    this.writer.branch("br_if", 0);
    this.writer.end();
    if (!atLeastOnce) this.writer.end();
  }

  /** Whether a loop goes on. */
  #test({ variable, until, step }: Extract<Statement, { kind: "for" }>): void {
    this.writer.get(this.indexOf(variable));
    this.emitValue(until);
    this.context.instrument?.({ kind: "loopTest" }, this.writer);
    this.instruction(step >= 0 ? "i32.lt_s" : "i32.gt_s");
  }
}

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
function emitBarrier(writer: FunctionWriter, threads: number): void {
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
