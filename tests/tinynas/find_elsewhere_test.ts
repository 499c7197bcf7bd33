// A search whose trainings are done piece by piece by others: the same to the bit, whatever happens to them.
import {
  findNetwork,
  type FindNetworkOptions,
  type FindProgress,
  type FindState,
  readFindState,
  wakeWordSpaces,
  type Workers,
  type WorkTask,
  writeFindState,
} from "tinyloom";
import { trainPiece } from "../../lib/tinynas/supernet/find_training.ts";
import { writeFloats } from "../../lib/tinynas/supernet/trained_supernet.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { workersHere } from "../workers/workers_here.ts";

const device = { name: "small", sramBytes: 16_384, flashBytes: 65_536 };
const small: FindNetworkOptions = {
  spaces: wakeWordSpaces({ resolutions: [32], widths: [0.2, 0.3], depths: [1] }),
  ...{ samples: 8, networks: 4, images: 32, batch: 8, validationImages: 20 },
  ...{ steps: 40, tuningSteps: 30, quantizedSteps: 40, pieceSteps: 20 },
  ...{ population: 2, parents: 1, generations: 1, front: 1 },
  ...{ calibrationImages: 8, testImages: 10, seed: 5 },
};

/** A piece as it arrives: its kind, the step that it begins with, and where it ends. */
type Piece = WorkTask & {
  readonly options: { readonly resume?: { readonly step: number } };
  readonly until: number;
};

/** Workers, and what pieces came to them. */
function workers(before: (task: WorkTask) => void = () => {}): Workers & { pieces: string[] } {
  const pieces: string[] = [];
  const here = workersHere((task) => {
    if ("until" in task) {
      const { kind, options: { resume }, until } = task as Piece;
      pieces.push(`${kind} ${resume?.step ?? 0} ${until}`);
    }
    before(task);
  });
  return { ...here, pieces };
}

/** What a search finds, files and weights included, and what is told meanwhile. */
async function searched(more: FindNetworkOptions) {
  const told: FindProgress[] = [];
  const found = await findNetwork(device, {
    ...small,
    ...more,
    onProgress: (event) => {
      told.push(event);
      more.onProgress?.(event);
    },
  });
  const { supernet, tuned, best, deployed, calibrated, ended } = found;
  const [weights, alone] = [supernet, tuned].map((each) => JSON.stringify(each, writeFloats));
  const files = [deployed, calibrated].map(({ tflite }) => tflite.toBase64());
  return { best, weights, alone, files, told, ended, steps: [supernet.step, tuned.step] };
}

const here = await searched({});

Deno.test("every training goes to others in pieces, finds the same and tells the same", async () => {
  const machines = workers();
  const there = await searched({ machines });
  assertSame(there, here);
  assertEquals(there.told, here.told);
  assertEquals(machines.pieces, [
    ...[
      "train 0 20",
      "train 20 40",
      "train 0 20",
      "train 20 40",
      "quantize 0 20",
      "quantize 20 40",
    ],
  ]);
});

Deno.test("after each piece it can be gone on with, here and there", async () => {
  const states: FindState[] = [];
  const onState = (state: FindState) => void states.push(readFindState(writeFindState(state)));
  await searched({ machines: workers(), onState });
  const stepsOf = ({ supernet, tuned, quantized }: FindState) =>
    [supernet, tuned, quantized].map((each) => each?.step ?? 0).join(" ");
  assertEquals([...new Set(states.map(stepsOf))], [
    ...["20 0 0", "40 0 0", "40 20 0", "40 30 0", "40 30 20", "40 30 40"],
  ]);
  const left = ["train 20 40", "train 0 20", "train 20 40", "quantize 0 20", "quantize 20 40"];
  for (const [at, done] of [["20 0 0", 0], ["40 20 0", 2], ["40 30 20", 4], ["40 30 40", 5]]) {
    const resume = states.find((state) => stepsOf(state) === at)!;
    const machines = workers();
    assertSame(await searched({ machines, resume }), here);
    assertEquals(machines.pieces, left.slice(Number(done)), String(at));
    // What others have begun ends here as well.
    if (at === "40 20 0") assertSame(await searched({ resume }), here);
  }
});

Deno.test("what is interrupted between two pieces keeps the one before", async () => {
  for (
    const [stage, step, steps] of [
      ["tuning", 20, [40, 20]],
      ["search", 0, [40, 0]],
      ["quantizing", 20, [40, 30]],
    ] as const
  ) {
    const controller = new AbortController();
    const found = await searched({
      machines: workers(),
      signal: controller.signal,
      onProgress: (event) => {
        if (event.stage === stage && (!("step" in event) || event.step === step)) {
          controller.abort();
        }
      },
    });
    assertEquals([found.ended, found.steps], ["aborted", steps], stage);
    assert(found.files.every((file) => file.length > 1000), stage);
  }
  const controller = new AbortController();
  const early = searched({
    machines: workers(),
    signal: controller.signal,
    onProgress: ({ stage }) => stage === "training" && controller.abort(),
  });
  await assertRejects(() => early, DOMException);
});

Deno.test("what no machine can do is the search's error, and pieces are whole reports", async () => {
  const machines = workers(({ kind }) => {
    if (kind === "quantize") throw new Error("task 1 of 1 (quantize) failed 3 times");
  });
  await assertRejects(() => searched({ machines }), Error, "(quantize) failed 3 times");
  await assertRejects(() => searched({ pieceSteps: 30 }), RangeError, "a multiple of 20");
});

Deno.test("a machine without a compiler trains without native code, to the same bits", async () => {
  const options = { images: 16, steps: 20, batch: 8, seed: 2 };
  const task = { kind: "train", until: 20 } as const;
  const plain = await trainPiece({ ...task, options });
  const path = Deno.env.get("PATH")!;
  Deno.env.set("PATH", "");
  try {
    const there = await trainPiece({ ...task, options: { ...options, native: true } });
    assert(JSON.stringify(there, writeFloats) === JSON.stringify(plain, writeFloats));
  } finally {
    Deno.env.set("PATH", path);
  }
});

type Searched = Awaited<ReturnType<typeof searched>>;

/** Weights and files are long: what differs is named, not shown. */
function assertSame(found: Searched, expected: Searched): void {
  assertEquals(found.best, expected.best);
  for (const name of ["weights", "alone", "files", "ended", "steps"] as const) {
    assert(String(found[name]) === String(expected[name]), name);
  }
}
