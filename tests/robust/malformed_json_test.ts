// JSON of which a field is missing or of another kind: the documented error, with the path to the field.
import fc from "fast-check";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  applySteps,
  type FindState,
  matmul,
  matmulVariants,
  planMemory,
  readFindState,
  readPlan,
  readSearchState,
  type SearchState,
  type Step,
  writeFindState,
  zoo,
} from "tinyloom";
import { readChoices } from "../../lib/engine/select/kernel_choices.ts";

const sizes = { m: 32, k: 32, n: 32 } as const;
const { best } = matmulVariants(sizes);
const rated = {
  ...{ genes: [1, 2, 3], resolution: 48, width: 0.3, macs: 1e6, params: 1e4 },
  ...{ peakBytes: 1e4, flashBytes: 1e5, fitness: 1e6 },
};
const search: SearchState = {
  format: "tinyloom network search",
  schemaVersion: 1,
  problem: "{}",
  generation: 1,
  evaluations: 2,
  population: [rated],
  front: [rated, rated],
};
const trained = {
  space: {
    ...{ resolutions: [32, 48], stem: 8, first: 8, kernels: [3], expansions: [3, 6], head: null },
    ...{ classes: 2, stages: [{ channels: 16, stride: 2, depths: [1, 2] }] },
  },
  ...{ seed: 1, step: 3, problem: "{}" },
  parameters: Float32Array.of(1, -0, NaN),
  velocities: Float32Array.of(0, 1, 2),
  history: [{ step: 3, steps: 10, loss: 0.7, accuracy: 0.5 }],
};
const find: FindState = {
  format: "tinyloom super-network search",
  schemaVersion: 1,
  problem: "{}",
  supernet: trained,
  searches: [search, null],
  tuned: null,
};
const choices = {
  schemaVersion: 2,
  machines: {
    "Processor (R), V8 1": { "conv; 1 thread": { kernel: "conv", steps: best.steps, minNs: 12.5 } },
  },
};

interface Reader {
  /** What is read without an error. */
  readonly text: string;
  readonly read: (text: string) => unknown;
  readonly errors: readonly string[];
}

const readers: Readonly<Record<string, Reader>> = {
  plans: {
    text: JSON.stringify(planMemory(zoo("mcunet-vww1"), { fusion: "best", macBudget: 1.05 })),
    read: readPlan,
    errors: ["PlanError"],
  },
  schedules: {
    text: JSON.stringify(best.steps),
    read: (text) => applySteps(matmul(sizes), JSON.parse(text) as Step[]),
    errors: ["TypeError", "RangeError", "ScheduleError"],
  },
  "kernel choices": { text: JSON.stringify(choices), read: readChoices, errors: ["TypeError"] },
  "states of a search": {
    text: JSON.stringify(search),
    read: readSearchState,
    errors: ["TypeError"],
  },
  "states of a super-network's search": {
    text: writeFindState(find),
    read: readFindState,
    errors: ["TypeError"],
  },
};

const replacements = [undefined, null, -1, 0.5, 1e300, "x", "", true, [], [[]], {}, { a: 1 }];

for (const [name, { text, read, errors }] of Object.entries(readers)) {
  Deno.test(`${name} with another field are refused by its path, or read`, () => {
    read(text);
    let refused = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 9 }), fc.nat(), (way, which) => {
        const value = JSON.parse(text);
        const path = replace(value, way, replacements[which % replacements.length]);
        try {
          read(JSON.stringify(value));
        } catch (error) {
          refused++;
          const { name, message } = error as Error;
          assert(errors.includes(name), `${name}: ${message}`);
          const [found] = /\$[^ :]*/.exec(message) ?? [];
          // Steps that are legal each by itself may not be so any more behind another one.
          const isNear = found !== undefined && (path.startsWith(found) || found.startsWith(path));
          assert(isNear || (found !== undefined && errors.length > 1), `${path}: ${message}`);
        }
      }),
      { seed: 19, numRuns: 400 },
    );
    assert(refused > 100, `${refused} of 400 refused`);
  });

  Deno.test(`${name} that are no JSON are refused`, () => {
    const cut = text.slice(0, text.length / 2);
    for (const wrong of ["", cut, "null", "[[]]", "3", '"$"']) {
      const error = assertThrows(() => read(wrong), Error);
      assert([...errors, "SyntaxError"].includes(error.name), `${error.name}: ${error.message}`);
      assert(/\$|not JSON|JSON input|JSON at/.test(error.message), error.message);
    }
  });
}

Deno.test("paths lead to the field, also by names that are no words", () => {
  const edited = (edit: (value: typeof choices) => void) => {
    const value = structuredClone(choices);
    edit(value);
    return JSON.stringify(value);
  };
  const text = edited(({ machines }) => {
    machines["Processor (R), V8 1"]["conv; 1 thread"].minNs = -1;
  });
  const path = '$.machines["Processor (R), V8 1"]["conv; 1 thread"].minNs';
  assertThrows(() => readChoices(text), TypeError, `${path} is -1, needed a number above 0`);
});

Deno.test("floats of a state come back bit by bit", () => {
  const { supernet } = readFindState(writeFindState(find));
  assertEquals(supernet!.parameters, trained.parameters);
});

/** Replaces, or takes away, what a way through a value leads to; gives its path. */
function replace(value: unknown, way: readonly number[], by: unknown): string {
  let [holder, path] = [value as Record<string, unknown>, "$"];
  for (const [at, turn] of way.entries()) {
    const keys = Object.keys(holder);
    const key = keys[turn % keys.length];
    path += Array.isArray(holder)
      ? `[${key}]`
      : /^[A-Za-z_]\w*$/.test(key)
      ? `.${key}`
      : `["${key}"]`;
    const inner = holder[key] as Record<string, unknown>;
    const isEnd = at === way.length - 1 || typeof inner !== "object" || inner === null ||
      Object.keys(inner).length === 0;
    if (isEnd) {
      if (by === undefined && !Array.isArray(holder)) delete holder[key];
      else holder[key] = by ?? null;
      break;
    }
    holder = inner;
  }
  return path;
}
