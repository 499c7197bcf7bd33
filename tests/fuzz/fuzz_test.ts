import { kinds } from "./kinds.ts";

/** Two in a hundred of a night's run. */
const counts: Readonly<Record<string, number>> = {
  models: 400,
  plans: 200,
  graphs: 100,
  schedules: 1000,
  inputs: 1000,
};

for (const [kind, start] of Object.entries(kinds)) {
  Deno.test({
    name: `${counts[kind]} random ${kind} are refused or right`,
    // Threads of a pool live on.
    sanitizeResources: false,
    sanitizeOps: false,
    fn: async () => {
      const caseOf = await start();
      for (let index = 0; index < counts[kind]; index++) {
        try {
          await caseOf(index, 3).run();
        } catch (error) {
          throw new Error(`${kind} ${index} of seed 3`, { cause: error });
        }
      }
    },
  });
}
