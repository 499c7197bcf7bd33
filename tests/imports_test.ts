// What importing a door loads. Its time is the sum over these files, so a stray import shows here.
import { assertEquals } from "./assert.ts";

const root = new URL("../", import.meta.url);

Deno.test("the doors of planner and engine load neither Arrow nor the slow modules of Node", async () => {
  for (const door of ["lib/plan/mod.ts", "lib/engine/mod.ts"]) {
    const heavy = (await loadedBy(door)).filter((specifier) =>
      /apache-arrow|^node:(?!os$)/.test(specifier)
    );
    assertEquals(heavy, [], door);
  }
});

Deno.test("the planner loads no code that computes", async () => {
  const others = (await loadedBy("lib/plan/mod.ts"))
    .filter((specifier) => /\/lib\/(?!plan\/|model\/|npm\/|host\.ts)/.test(specifier));
  assertEquals(others, []);
});

Deno.test("the program loads nothing but itself before a command is known", async () => {
  const others = (await loadedBy("lib/cli/main.ts"))
    .filter((specifier) =>
      /\/lib\/(?!cli\/|npm\/parse_args)|\/lib\/cli\/commands\//.test(specifier)
    );
  assertEquals(others, []);
});

Deno.test("the help of plan needs no planner", async () => {
  const others = (await loadedBy("lib/cli/commands/plan.ts"))
    .filter((specifier) => /\/lib\/(?!cli\/)/.test(specifier))
    .map((specifier) => specifier.replace(root.href, ""));
  assertEquals(others.sort(), [
    "lib/deploy/deploy_targets.ts",
    "lib/model/model_error.ts",
    "lib/npm/parse_args.ts",
    "lib/plan/devices.ts",
    "lib/plan/techniques.ts",
  ]);
});

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

/** Modules that a file's static imports load, types and what is imported on use left out. */
async function loadedBy(file: string): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", file],
    cwd: root,
    stderr: "null",
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    readonly modules: readonly Module[];
  };
  const byName = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set([new URL(file, root).href]);
  for (const name of loaded) {
    for (const { code, isDynamic } of byName.get(name)?.dependencies ?? []) {
      if (code?.specifier && !isDynamic) loaded.add(code.specifier);
    }
  }
  return [...loaded];
}
