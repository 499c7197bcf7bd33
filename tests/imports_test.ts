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
    .filter((specifier) =>
      /\/lib\/(?!plan\/|model\/|npm\/|check_arguments|form\.ts|nearest_name|host\.ts)/.test(
        specifier,
      )
    );
  assertEquals(others, []);
});

Deno.test("the program loads nothing but itself before a command is known", async () => {
  const others = (await loadedBy("lib/cli/main.ts"))
    .filter((specifier) =>
      /\/lib\/(?!cli\/|npm\/parse_args|nearest_name|printable)|\/lib\/cli\/commands\//.test(
        specifier,
      )
    );
  assertEquals(others, []);
});

// Deno looks at all that a program could import by names it can see, before the first line runs.
Deno.test("for --help and --version Deno looks at a dozen files, whatever the commands need", async () => {
  const modules = await modulesOf("lib/cli/main.ts");
  assertEquals(
    modules.map(({ specifier }) => specifier)
      .filter((specifier) => specifier.startsWith(root.href))
      .map((specifier) => specifier.slice(root.href.length)).sort(),
    [
      "deno.json",
      "lib/cli/command.ts",
      "lib/cli/commands.ts",
      "lib/cli/main.ts",
      "lib/cli/package_origin.ts",
      "lib/cli/permissions.ts",
      "lib/cli/run_cli.ts",
      "lib/cli/wrap.ts",
      "lib/host.ts",
      "lib/nearest_name.ts",
      "lib/npm/parse_args.d.ts",
      "lib/npm/parse_args.ts",
      "lib/printable.ts",
    ],
  );
});

Deno.test("the help of plan needs no planner", async () => {
  const others = (await loadedBy("lib/cli/commands/plan.ts"))
    .filter((specifier) => /\/lib\/(?!cli\/)/.test(specifier))
    .map((specifier) => specifier.replace(root.href, ""));
  assertEquals(others.sort(), [
    "lib/check_arguments.ts",
    "lib/deploy/deploy_targets.ts",
    "lib/form.ts",
    "lib/model/model_error.ts",
    "lib/nearest_name.ts",
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
  const byName = new Map((await modulesOf(file)).map((module) => [module.specifier, module]));
  const loaded = new Set([new URL(file, root).href]);
  for (const name of loaded) {
    for (const { code, isDynamic } of byName.get(name)?.dependencies ?? []) {
      if (code?.specifier && !isDynamic) loaded.add(code.specifier);
    }
  }
  return [...loaded];
}

async function modulesOf(file: string): Promise<readonly Module[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", file],
    cwd: root,
    stderr: "null",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).modules;
}
