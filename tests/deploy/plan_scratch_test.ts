import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  createEngine,
  deploy,
  devices,
  emitC,
  type Plan,
  PlanError,
  planMemory,
  planScratch,
  ramBytesOf,
  run,
  scratchTable,
  type StepScratch,
  tableToRows,
  validatePlan,
  zoo,
} from "tinyloom";

const model = zoo("mlperf-tiny-kws");
const target = "cortex-m4";

function withSteps(plan: Plan, change: (own: StepScratch) => StepScratch): Plan {
  return { ...plan, scratch: { ...plan.scratch!, steps: plan.scratch!.steps.map(change) } };
}

Deno.test("C works in what its plan names: in the arena, or beside it", () => {
  for (const [fusion, target, network] of CASES) {
    const model = zoo(network);
    const { plan, memory, files } = emitC(model, {
      plan: planMemory(model, { fusion }),
      target,
      prefix: "net",
      frames: [],
    });
    assertEquals(validatePlan(plan, model), []);
    const { kernels, besideBytes, steps } = plan.scratch!;
    assertEquals(kernels, target);
    assertEquals(memory.scratchBytes, besideBytes);
    assertEquals(memory.ramBytes, plan.peakBytes + besideBytes);
    assertEquals(ramBytesOf(plan), memory.ramBytes);
    assert(files["net.h"].includes(`#define NET_SCRATCH_BYTES ${besideBytes}\n`));
    assertEquals(tableToRows(scratchTable(plan)).length, steps.length);
    const again = JSON.parse(JSON.stringify(plan));
    assertEquals(emitC(model, { plan: again, target, prefix: "net", frames: [] }).files, files);
  }
});

const CASES = [
  ["none", "cortex-m4", "mlperf-tiny-vww"],
  ["rolling", "cortex-m4", "mlperf-tiny-vww"],
  ["patch", "cortex-m55", "mlperf-tiny-vww"],
  ["none", "cortex-m55", "mlperf-tiny-ic"],
  ["none", "portable", "mlperf-tiny-vww"],
] as const;

Deno.test("another place that is free is honoured", () => {
  const plan = planScratch(planMemory(model), model, { target });
  const own = plan.scratch!.steps.find(({ place, sizeBytes, step }) =>
    place === "arena" && validatePlan(shifted(plan, step), model).length === 0 && sizeBytes > 0
  )!;
  const moved = shifted(plan, own.step);
  const { files, plan: kept } = emitC(model, { plan: moved, target, frames: [] });
  assertEquals(kept, moved);
  const before = emitC(model, { plan, target, frames: [] }).files["model.c"];
  assert(files["model.c"] !== before);
  // A checked engine stops where a kernel touches other bytes than the plan says.
  const inputs = [new Int8Array(490).map((_, i) => i * 37)];
  const outputs = [plan, moved].map((plan) => {
    using engine = createEngine(model, { plan, dsp: true, checked: true });
    return run(engine, inputs)[0];
  });
  assertEquals(outputs[0], outputs[1]);
});

function shifted(plan: Plan, step: number): Plan {
  return withSteps(plan, (own) => (
    own.step === step ? { ...own, offsetBytes: own.offsetBytes + 8 } : own
  ));
}

Deno.test("scratch memory that kernels do not work in is refused, and by name", () => {
  const plan = planScratch(planMemory(model), model, { target });
  const [first] = plan.scratch!.steps;
  const less = withSteps(plan, (own) => own === first ? { ...own, sizeBytes: 8 } : own);
  const { operator, name } = plan.steps[first.step];
  assertThrows(
    () => emitC(model, { plan: less, target }),
    PlanError,
    `step ${first.step} (operator ${operator} ${name}): the plan has scratch memory for kernels of ` +
      `cortex-m4, 8 bytes at ${first.offsetBytes} `,
  );
  const none = { ...plan, scratch: { ...plan.scratch!, steps: [] } };
  assertThrows(
    () => emitC(model, { plan: none, target }),
    PlanError,
    "cortex-m4, none; the kernel",
  );
  assertThrows(
    () => deploy(model, { plan, target: "cortex-m55" }),
    PlanError,
    "kernels of cortex-m4",
  );
  assertThrows(() => deploy(model, { plan, target, optimize: "size" }), PlanError, "works in none");
});

Deno.test("scratch memory over something alive is refused before any C is written", () => {
  const plan = planScratch(planMemory(model), model, { target });
  const input = plan.buffers.find(({ tensors }) => tensors.includes(plan.inputs[0]))!;
  const wrong = withSteps(plan, (own) => (
    own.step === 0 ? { ...own, place: "arena", offsetBytes: input.offsetBytes } : own
  ));
  assertThrows(
    () => emitC(model, { plan: wrong, target }),
    PlanError,
    `lies over t${plan.inputs[0]} `,
  );
});

Deno.test("whether a plan fits counts what its kernels work in, not the most that any do", () => {
  const device = devices.nano33ble;
  const plain = planMemory(model, { device });
  assert(plain.fit!.reason.includes("scratch 1,024 B"));
  const plan = planScratch(plain, model, { device });
  assert(plan.scratch!.besideBytes < 1024);
  assert(plan.fit!.reason.includes(`scratch ${plan.scratch!.besideBytes} B`));
  assertEquals(deploy(model, { device, plan: plain }).fit, plan.fit);
  const room = { ...device, sramBytes: ramBytesOf(plan) + 512 };
  assertEquals(planScratch(plain, model, { device: room }).fit?.fits, true);
  const less = { ...room, sramBytes: room.sramBytes - 1 };
  assertEquals(planScratch(plain, model, { device: less }).fit?.fits, false);
  assertThrows(() => planScratch(plain, model, { target: "z80" as "host" }), RangeError, "z80");
});
