// Every public function, found by the documentation, refuses what is misspelt (`checkOptions`) or of
// another kind (`checkArguments`), and says its own name.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as tinyloom from "../mod.ts";
import { nearestName } from "../lib/nearest_name.ts";

interface Type {
  readonly repr?: string;
  readonly kind: string;
}

interface Parameter {
  readonly kind: string;
  readonly name?: string;
  readonly tsType?: Type;
  readonly left?: Parameter;
  readonly optional?: boolean;
}

interface PublicFunction {
  readonly name: string;
  readonly params: readonly Parameter[];
}

const functions = await publicFunctions();
const callable = tinyloom as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** Objects that are taken apart where they are given, and are data that other functions make. */
const DATA = [
  "ramBytesOf 0",
  "buildNetwork 0",
  "spaceSize 0",
  "imageSheet 0",
  "supernetGenes 0",
  "supernetGenes 1",
  "chartRoofline 0",
  "stepVerdicts 0",
];

Deno.test("every options object of a public function refuses a name that it does not have", async () => {
  const lenient: string[] = [];
  let found = 0;
  for (const { name, params } of functions) {
    for (const [at, param] of params.entries()) {
      if (!isOptions(param) || DATA.includes(`${name} ${at}`)) continue;
      found++;
      const args: unknown[] = params.map((each) => isOptions(each) ? {} : undefined);
      args[at] = { zzMisspelt: 1 };
      const message = await refusal(() => callable[name](...args));
      const refused = / has no option "zzMisspelt"; there (are|is) \w/;
      if (!message.startsWith(`${name} `) || !refused.test(message)) {
        lenient.push(`${name} ${at}: ${message}`);
      }
    }
  }
  assert.deepEqual(lenient, []);
  assert.ok(found > 90, `${found} functions with options found`);
});

Deno.test("an argument of another kind is refused, with what was found and what to call", async () => {
  const lenient: string[] = [];
  let found = 0;
  const samples = await samplesOfKinds();
  for (const { name, params } of functions) {
    for (const [at, param] of params.entries()) {
      const kind = kindOf(param);
      if (kind === undefined) continue;
      found++;
      const args = params.map((each) => {
        const sample = kindOf(each);
        return sample === undefined ? isOptions(each) ? {} : undefined : samples[sample];
      });
      for (const wrong of ["person.tflite", new Uint8Array(3), undefined, Promise.resolve(1)]) {
        if (kind === "bytes" && wrong instanceof Uint8Array) continue;
        if ((param.kind === "assign" || param.optional) && wrong === undefined) continue;
        args[at] = wrong;
        const message = await refusal(() => callable[name](...args));
        const refused =
          / needs .*, found (the text "person|a Uint8Array of 3|undefined|a Promise).*; /;
        if (!message.startsWith(`${name} `) || !refused.test(message)) {
          lenient.push(`${name} ${at}: ${message}`);
        }
      }
    }
  }
  assert.deepEqual(lenient, []);
  assert.ok(found > 90, `${found} arguments found`);
});

Deno.test("the option that was meant is named", () => {
  const model = tinyloom.zoo("mlperf-tiny-ad");
  assert.throws(() => tinyloom.planMemory(model, { fusoin: "best" } as object), {
    name: "TypeError",
    message: 'planMemory has no option "fusoin", did you mean "fusion"? There are techniques, ' +
      "input, alignmentBytes, scratch, pixels, channels, fusion, granularity, mostTiles, " +
      "macBudget, memoryBudget, device, reserveBytes, timeLimitMs, signal",
  });
});

Deno.test("a name is near if it begins so, or with a letter in three wrong", () => {
  const names = ["fusion", "macBudget", "budgetMs", "thread-pool", "seed"];
  const meant = (given: string) => nearestName(given, names);
  assert.equal(meant("fusoin"), "fusion");
  assert.equal(meant("budget"), "budgetMs");
  assert.equal(meant("macbudgt"), "macBudget");
  assert.equal(meant("threadPool"), "thread-pool");
  assert.equal(meant("sed"), "seed");
  assert.equal(meant("zzz"), null);
  assert.equal(meant("sd"), null);
  assert.equal(meant(""), null);
});

const kinds: Readonly<Record<string, string>> = {
  Engine: "engine",
  Model: "model",
  Plan: "plan",
  Deployment: "deployment",
  Pipeline: "pipeline",
  Nest: "nest",
  Computation: "computation",
  Table: "table",
  Uint8Array: "bytes",
};

function kindOf({ tsType, left }: Parameter): string | undefined {
  return kinds[(tsType ?? left?.tsType)?.repr ?? ""];
}

async function samplesOfKinds(): Promise<Readonly<Record<string, unknown>>> {
  const model = tinyloom.zoo("mlperf-tiny-ad");
  const engine = tinyloom.createEngine(model);
  const pipeline = tinyloom.convVariants({
    ...{ height: 4, width: 4, inChannels: 1, outChannels: 1, kernel: [3, 3] },
  }).im2col;
  const nest = tinyloom.matmul({ m: 2, k: 2, n: 2 });
  return {
    ...{ model, engine, pipeline, nest, plan: engine.plan, computation: nest },
    table: tinyloom.tableFromRows([{ a: 1 }]),
    bytes: new Uint8Array(3),
    deployment: await tinyloom.deploy(model),
  };
}

function isOptions({ name, kind, tsType, left }: Parameter): boolean {
  const { repr = "" } = tsType ?? left?.tsType ?? {};
  return name === "options" || left?.name === "options" || repr.endsWith("Options") ||
    kind === "object";
}

async function refusal(call: () => unknown): Promise<string> {
  try {
    await call();
    return "took it";
  } catch (error) {
    return error instanceof TypeError ? error.message : `no TypeError: ${error}`;
  }
}

async function publicFunctions(): Promise<readonly PublicFunction[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "mod.ts"],
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stderr: "null",
  }).output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  const { symbols } = Object.values(nodes)[0] as {
    readonly symbols: readonly {
      readonly name: string;
      readonly declarations: readonly { readonly kind: string; readonly def: PublicFunction }[];
    }[];
  };
  return symbols.flatMap(({ name, declarations }) =>
    declarations.filter(({ kind }) => kind === "function")
      .map(({ def: { params } }) => ({ name, params }))
  );
}
