// Stage 2: reproducible, resumable, interruptible; what it returns was planned and run.
import {
  buildNetwork,
  devices,
  estimateLatency,
  flashBytes,
  macs,
  parameterCount,
  planMemory,
  readSearchState,
  searchNetwork,
  type SearchNetworkOptions,
  searchSpace,
  type SearchState,
  validatePlan,
} from "tinyloom";
import { paretoFront, spreadOverFront } from "../../lib/tinynas/candidate.ts";
import { planOptionsOf } from "../../lib/tinynas/memory_bounds.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";

const space = searchSpace({ resolution: 64, width: 0.3, classes: 10, depths: [1, 2] });
const device = { ...devices.nano33ble, sramBytes: 40 * 1024, flashBytes: 200 * 1024 };
const small: SearchNetworkOptions = {
  population: 12,
  generations: 4,
  parents: 4,
  front: 2,
  seed: 5,
};

Deno.test("what it returns fits, and has the figures of its model and its plan", async () => {
  for (const memory of ["layers", "in-place", "overlap", "rolling"] as const) {
    const { best, pareto, model, plan } = await searchNetwork(space, device, { ...small, memory });
    assertEquals(validatePlan(plan, model), []);
    assertEquals(best.peakBytes, plan.peakBytes);
    assertEquals([best.macs, best.params], [macs(model), parameterCount(model)]);
    assertEquals(best.flashBytes, Object.values(flashBytes(model)).reduce((a, b) => a + b));
    assert(best.peakBytes <= device.sramBytes && best.flashBytes <= device.flashBytes);
    assertEquals(pareto.at(-1), best);
    assert(memory !== "layers" || planMemory(model).peakBytes <= best.peakBytes);
  }
});

Deno.test("the seed decides, not the number of workers", async () => {
  const alone = await searchNetwork(space, device, small);
  const shared = await searchNetwork(space, device, { ...small, workers: 2 });
  assertEquals(shared.state, alone.state);
  assertEquals(shared.pareto, alone.pareto);
  const other = await searchNetwork(space, device, { ...small, seed: 6 });
  assert(String(other.best.genes) !== String(alone.best.genes));
});

Deno.test("evolution finds more than as many random networks", async () => {
  const options = { ...small, population: 20, front: 1 };
  const evolved = await searchNetwork(space, device, { ...options, generations: 10 });
  const random = await searchNetwork(space, device, {
    ...options,
    population: 220,
    generations: 0,
  });
  assertEquals(evolved.evaluations, random.evaluations);
  assert(evolved.best.fitness > random.best.fitness);
});

Deno.test("a search that is interrupted returns the best so far, and goes on as if it had not been", async () => {
  const whole = await searchNetwork(space, device, small);
  const abort = new AbortController();
  const states: string[] = [];
  const first = await searchNetwork(space, device, {
    ...small,
    signal: abort.signal,
    onGeneration: (state) => {
      states.push(JSON.stringify(state));
      if (states.length === 2) abort.abort();
    },
  });
  assertEquals(first.ended, "aborted");
  assertEquals(first.evaluations, 24);
  assert(first.best.fitness <= whole.best.fitness);
  const resume = readSearchState(states[1]);
  const rest = await searchNetwork(space, device, { ...small, resume });
  assertEquals([rest.best, rest.state, rest.ended], [whole.best, whole.state, "generations"]);
});

Deno.test("a fitness of the caller's sees the candidate, in the same order whatever the workers", async () => {
  const asked = async (workers: number) => {
    const seen: string[] = [];
    const { best } = await searchNetwork(space, device, {
      ...small,
      workers,
      fitness: (network) => {
        assertEquals(network.resolution, 64);
        seen.push(String(network.genes));
        return Promise.resolve(-Math.abs(network.macs - 2_500_000));
      },
    });
    return { seen, best };
  };
  const [alone, shared] = [await asked(1), await asked(2)];
  assertEquals(shared, alone);
  const network = buildNetwork({ space, genes: alone.best.genes });
  assertEquals(macs(network), alone.best.macs);
  const models: number[] = [];
  await searchNetwork(space, device, {
    ...small,
    generations: 0,
    fitness: ({ model, macs: expected }) => {
      assertEquals(macs(model), expected);
      return models.push(expected);
    },
  });
  assertEquals(models.length, 12);
});

Deno.test("the interrupted generation counts for the answer", async () => {
  const abort = new AbortController();
  let asked = 0;
  const { best, ended, state } = await searchNetwork(space, device, {
    ...small,
    signal: abort.signal,
    fitness: () => {
      if (++asked === 5) abort.abort();
      return asked;
    },
  });
  assertEquals([ended, best.fitness, state.generation], ["aborted", 5, 0]);
});

Deno.test("limits of multiply-accumulates and of time hold", async () => {
  const limited = await searchNetwork(space, device, { ...small, mostMacs: 2_000_000 });
  assert(limited.best.macs <= 2_000_000);
  const free = await searchNetwork(space, device, { ...small, fitness: "score" });
  const mostLatencyMs = 0.8 * estimateLatency(free.model, { device }).milliseconds!;
  const timed = await searchNetwork(space, device, { ...small, mostLatencyMs, fitness: "score" });
  for (const { genes } of timed.pareto) {
    const model = buildNetwork({ space, genes });
    const plan = planMemory(model, planOptionsOf("layers"));
    const { milliseconds } = estimateLatency(model, { device, plan });
    assert(milliseconds! <= mostLatencyMs, `${milliseconds} ms, not ${mostLatencyMs}`);
  }
  const { sramBytes, flashBytes } = device;
  const memory = { name: "memory", sramBytes, flashBytes };
  await assertRejects(
    () => searchNetwork(space, memory, { ...small, mostLatencyMs }),
    TypeError,
    "core and clockMhz",
  );
});

Deno.test("states of other searches, texts that are none, and options out of range are refused", async () => {
  const { state } = await searchNetwork(space, device, { ...small, generations: 0 });
  const other = { ...small, seed: 9, resume: state };
  await assertRejects(() => searchNetwork(space, device, other), TypeError, "another search");
  const damaged: SearchState = { ...state, front: [{ ...state.front[0], macs: NaN }] };
  const read = () => readSearchState(JSON.stringify(damaged));
  assertThrows(read, TypeError, "this is not a network search: $.front[0].macs is null, needed a");
  const run = (options: SearchNetworkOptions) => () => searchNetwork(space, device, options);
  await assertRejects(run({ population: 1 }), RangeError, "population is 1");
  await assertRejects(run({ mutationRate: 2 }), RangeError, "mutationRate is 2");
  await assertRejects(run({ ...small, fitness: () => NaN }), TypeError, "a fitness is NaN");
  const tiny = { ...device, sramBytes: 100 };
  await assertRejects(() => searchNetwork(space, tiny, small), RangeError, "fits 100 B of SRAM");
});

Deno.test("a front keeps what nobody beats, spread over its whole length", () => {
  const figures = { genes: [], resolution: 64, width: 1, params: 1, flashBytes: 1 };
  const network = (fitness: number, peakBytes: number, macs = 1) => (
    { ...figures, fitness, peakBytes, macs }
  );
  const networks = [
    network(1, 10),
    network(2, 20),
    network(2, 30),
    network(3, 20),
    network(4, 9, 5),
  ];
  const front = paretoFront(networks, ["peakBytes", "macs"]);
  assertEquals(front, [networks[0], networks[3], networks[4]]);
  assertEquals(paretoFront(networks, ["peakBytes"]), [networks[4]]);
  assertEquals(spreadOverFront([0, 1, 2, 3, 4, 5, 6], 3), [0, 3, 6]);
  assertEquals(spreadOverFront([0, 1, 2], 1), [2]);
});
