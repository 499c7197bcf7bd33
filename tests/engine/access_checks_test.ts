// Checked mode's bookkeeping: every byte of a buffer may be touched, and none beside it.
import { planMemory, zoo } from "tinyloom";
import { AccessChecks } from "../../lib/engine/access_checks.ts";
import type { Region } from "../../lib/kernel/kernel.ts";
import { assertEquals, assertThrows } from "../assert.ts";

const model = zoo("mlperf-tiny-kws");
// Nothing shares bytes: what lies at an address belongs to one buffer.
const plan = planMemory(model, { techniques: ["optimal-offsets"] });
const ARENA = 640;
const STEP = 1;
const reading = plan.buffers.find(({ tensors }) => (
  tensors.includes(model.operators[plan.steps[STEP].operator].inputs[0])
))!;
const writing = plan.buffers.find(({ tensors }) => (
  tensors.includes(model.operators[plan.steps[STEP].operator].outputs[0])
))!;

const regionOf = ({ name, offsetBytes, sizeBytes }: typeof reading): Region => ({
  name,
  space: "arena",
  offsetBytes,
  sizeBytes,
  check: null,
});

function made() {
  const checks = new AccessChecks({ model, plan, arenaAddress: ARENA });
  const watch = (buffer: typeof reading, step = STEP) =>
    checks.watch(regionOf(buffer), step, { buffer }).check!;
  return { checks, watch, ...checks.host };
}

Deno.test("a write and a read may reach the last byte of a region, and no further", () => {
  const { checkRead, checkWrite, watch } = made();
  const { offsetBytes, sizeBytes, name } = writing;
  const id = watch(writing);
  const [first, last] = [ARENA + offsetBytes, ARENA + offsetBytes + sizeBytes - 1];
  checkWrite(first, sizeBytes, id);
  checkRead(first, sizeBytes, id);
  checkRead(first, 1, id);
  checkRead(last, 1, id);
  checkRead(last - 3, 4, id);
  const has = `of ${name}, which has ${sizeBytes}`;
  for (const [verb, check] of [["reads", checkRead], ["writes", checkWrite]] as const) {
    const refused = (address: number, bytes: number, said: string) =>
      assertThrows(() => check(address, bytes, id), Error, `${verb} bytes ${said} ${has}`);
    refused(first - 1, 1, "-1 to -1");
    refused(first - 1, 4, "-1 to 2");
    refused(last + 1, 1, `${sizeBytes} to ${sizeBytes}`);
    refused(last - 2, 4, `${sizeBytes - 3} to ${sizeBytes}`);
    refused(first, sizeBytes + 1, `0 to ${sizeBytes}`);
  }
});

Deno.test("a byte that nobody wrote, or that another tensor took, is not read", () => {
  const { checks, checkRead, checkWrite, watch } = made();
  const [reads, writes] = [watch(reading), watch(writing)];
  const start = ARENA + reading.offsetBytes;
  const said = (byte: number, owner: string) =>
    `reads byte ${byte} of ${reading.name} (arena byte ${
      reading.offsetBytes + byte
    }), which belongs to ${owner}`;
  assertThrows(() => checkRead(start + 5, 1, reads), Error, said(5, "nobody yet"));
  checks.fill(reading.tensors[0], reading.sizeBytes);
  checkRead(start, reading.sizeBytes, reads);
  // Somebody else's region over the last byte of it.
  const last = reading.sizeBytes - 1;
  const over = checks.watchFree(
    { ...regionOf(reading), offsetBytes: reading.offsetBytes + last },
    STEP,
  )
    .check!;
  checkWrite(start + last, 1, over);
  checkRead(start + last, 1, over);
  checkRead(start, last, reads);
  assertThrows(
    () => checkRead(start, last + 1, reads),
    Error,
    said(last, "the free bytes of a step"),
  );
  assertThrows(() => checkRead(ARENA + writing.offsetBytes, 1, writes), Error, "nobody yet");
  checkWrite(ARENA + writing.offsetBytes, 1, writes);
  checkRead(ARENA + writing.offsetBytes, 1, writes);
  checks.clear();
  assertThrows(() => checkRead(start, 1, reads), Error, said(0, "nobody yet"));
});

Deno.test("two regions of free bytes have contents of their own", () => {
  const { checks, checkRead, checkWrite } = made();
  const [one, other] = [0, 1].map(() => checks.watchFree(regionOf(writing), STEP).check!);
  const start = ARENA + writing.offsetBytes;
  checkWrite(start, 8, one);
  checkRead(start, 8, one);
  assertThrows(() => checkRead(start, 1, other), Error, "belongs to the free bytes of a step");
  checkWrite(start + 7, 1, other);
  checkRead(start, 7, one);
  assertThrows(() => checkRead(start + 7, 1, one), Error, "belongs to the free bytes of a step");
});

Deno.test("an output is taken as it was left, or is said to be lost, byte by byte", () => {
  const { checks, checkWrite, watch } = made();
  const [output] = plan.outputs;
  const buffer = plan.buffers.find(({ tensors }) => tensors.includes(output))!;
  const { offsetBytes, sizeBytes } = buffer;
  const text = `output t${output} "${model.tensors[output].name}" is lost`;
  const id = watch(buffer, plan.steps.length - 1);
  checkWrite(ARENA + offsetBytes, sizeBytes - 1, id);
  checks.take(output, sizeBytes - 1);
  const missing = `${text}: byte ${sizeBytes - 1} (arena byte ${offsetBytes + sizeBytes - 1})`;
  assertThrows(() => checks.take(output, sizeBytes), Error, `${missing} belongs to nobody yet`);
  checkWrite(ARENA + offsetBytes, sizeBytes, id);
  checks.take(output, sizeBytes);
  // Another tensor of the plan over its first byte.
  const other = plan.buffers.find((each) => (
    each !== buffer && each.kind === "tensor" && each.offsetBytes <= offsetBytes &&
    each.offsetBytes + each.sizeBytes > offsetBytes
  ));
  if (other !== undefined) {
    checkWrite(ARENA + offsetBytes, 1, watch(other));
    const [tensor] = other.tensors;
    const owner = `belongs to t${tensor} "${model.tensors[tensor].name}"`;
    assertThrows(
      () => checks.take(output, sizeBytes),
      Error,
      `byte 0 (arena byte ${offsetBytes}) ${owner}`,
    );
  }
  // Tensors that the plan has no bytes for are nobody's business.
  checks.fill(99_999, 4);
  checks.take(99_999, 4);
});

Deno.test("errors name the operator at work", () => {
  const { checkRead, watch } = made();
  const error = assertThrows(() => checkRead(0, 1, watch(reading)), Error) as unknown as {
    readonly operator: number;
    readonly opName: string;
  };
  const { operator } = plan.steps[STEP];
  assertEquals([error.operator, error.opName], [operator, model.operators[operator].op]);
});
