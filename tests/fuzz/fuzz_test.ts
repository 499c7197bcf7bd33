import { assertEquals } from "../assert.ts";
import { type Case, plainCase, plainValue, withoutParts } from "./case.ts";
import { kinds } from "./kinds.ts";
import { minimise, signatureOf } from "./minimise.ts";
import { watch } from "./watched_worker.ts";

/** Of a night's run, what every run of the tests tries. */
const SHARE = 0.02;
/** Less of what takes long. */
const LESS: Readonly<Record<string, number>> = { bounds: 0.01, native: 0.01 };

for (const [name, start] of Object.entries(kinds)) {
  Deno.test({
    name: `random ${name} are refused or right`,
    // Threads of a pool live on.
    sanitizeResources: false,
    sanitizeOps: false,
    fn: async () => {
      const { night, make } = await start();
      for (let index = 0; index < Math.ceil(night * (LESS[name] ?? SHARE)); index++) {
        try {
          await make(index, 3).run();
        } catch (error) {
          const again = `deno task fuzz ${name} --seed 3 --from ${index} --count ${index + 1}`;
          throw new Error(`${again}: ${error}`, { cause: error });
        }
      }
    },
  });

  Deno.test({
    name: `a file of random ${name} holds the case that it was written for`,
    sanitizeResources: false,
    sanitizeOps: false,
    fn: async () => {
      const { make, read } = await start();
      for (let index = 0; index < 4; index++) {
        const made = make(index, 4);
        const again = read(made.file(), `x.${made.extension}`);
        assertEquals(again.file(), made.file());
        if (!["code", "native"].includes(name)) assertEquals(await again.run(), await made.run());
      }
    },
  });
}

Deno.test({
  name: "a worker whose case hangs does not try those behind it",
  ignore: Deno.build.os !== "linux",
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    const before = workersHere();
    using watched = watch();
    const told: string[] = [];
    // Hours of cases, none of which may take as long as it does.
    const next = await watched.run({ kind: "graphs", from: 0, until: 1e6, seed: 3 }, {
      mostMs: 1,
      ended: () => {},
      failed: ({ error }) => told.push(error),
    });
    assertEquals(told, ["more than 1 ms"]);
    assertEquals(next < 1e6, true);
    const isGone = () => workersHere().every((each) => before.includes(each));
    for (let tries = 0; !isGone() && tries < 2000; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assertEquals(isGone(), true);
  },
});

Deno.test({
  name: "a worker that has taken much memory ends with the threads that it has started",
  ignore: Deno.build.os !== "linux",
  sanitizeResources: false,
  sanitizeOps: false,
  fn: async () => {
    // What the engine has of its own threads is there from the first worker on.
    const threads = async (cases: number) => {
      using watched = watch({ mostRss: 0 });
      let ended = 0;
      for (let from = 0; from < cases;) {
        from = await watched.run({ kind: "schedules", from, until: cases, seed: 3 }, {
          mostMs: 60_000,
          ended: () => ended++,
          failed: ({ error }) => {
            throw new Error(error);
          },
        });
      }
      assertEquals(ended, cases);
      return workersHere().length;
    };
    const before = workersHere().length;
    // A worker a hundred cases; the last one is still there.
    const after = await threads(401);
    assertEquals(after <= before + 2, true, `${after} threads, ${before} before`);
  },
});

Deno.test({
  name: "who only makes cases starts no threads",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const before = workersHere();
    (await kinds.schedules()).make(1, 3).file();
    assertEquals(workersHere(), before);
  },
});

/** Threads of this process that are workers, or of a pool. */
function workersHere(): readonly string[] {
  return [...Deno.readDirSync("/proc/self/task")].map(({ name }) => name)
    .filter((name) => /^worker/.test(Deno.readTextFileSync(`/proc/self/task/${name}/comm`)));
}

/** Fails while it holds both a 3 and an 8. */
function numbers(list: readonly number[]): Case {
  return plainCase(list, {
    run: (each) => {
      if (each.includes(3) && each.includes(8)) throw new Error(`${each.length} numbers`);
      return "right";
    },
    smaller: withoutParts,
  });
}

Deno.test("what fails is made smaller until nothing can be left out", async () => {
  const found = numbers(Array.from({ length: 40 }, (_, i) => i % 10));
  let tried = 0;
  const fails = async (each: Case) => {
    tried++;
    try {
      await each.run();
      return false;
    } catch {
      return true;
    }
  };
  const least = await minimise(found, { fails, timeMs: Infinity });
  assertEquals(plainValue<number[]>(least.file()).toSorted((a, b) => a - b), [3, 8]);
  assertEquals(tried < 200, true);
  assertEquals(await minimise(found, { fails, timeMs: -1 }), found);
});

Deno.test("halves are left out first, single elements last", () => {
  assertEquals([...withoutParts([1, 2, 3])], [[], [3], [1, 2], [2, 3], [1, 3], [1, 2]]);
  assertEquals([...withoutParts([])], []);
});

Deno.test("failures are of one kind if they differ in numbers alone", () => {
  assertEquals(
    signatureOf("element 3 of 17 is -2, needed 5"),
    signatureOf("element 0 of 2 is 7, needed 1"),
  );
  assertEquals(signatureOf("a trap") === signatureOf("wrong"), false);
});

Deno.test("odd numbers and bytes come out of a file as they went in", () => {
  const value = { a: [NaN, -0, Infinity], b: Uint8Array.of(1, 255), c: { number: 7 } };
  const made = plainCase(value, { run: () => "", smaller: () => [] });
  assertEquals(plainValue(made.file()), value);
});
