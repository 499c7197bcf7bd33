import { assertEquals, assertMatch, assertThrows } from "../../assert.ts";
import { checkOut, CheckoutError } from "./checkout.ts";
import { importDifferences } from "./revision.ts";

const program = new URL("../against.ts", import.meta.url).href;

const ignore = !hasGit();

Deno.test("a revision is checked out beside the work tree and removed again", { ignore }, () => {
  using repository = temporaryRepository();
  const { folder } = repository;
  repository.commit("first");
  repository.commit("second");
  let beside = "";
  {
    using checkout = checkOut("HEAD~1", folder);
    beside = checkout.folder;
    assertMatch(checkout.commit, /^[0-9a-f]{40}$/);
    assertEquals(Deno.readTextFileSync(`${beside}/text`), "first");
    assertEquals(Deno.readTextFileSync(`${folder}/text`), "second");
  }
  assertThrows(() => Deno.statSync(beside), Deno.errors.NotFound);
  assertEquals(repository.git("worktree", "list").trim().split("\n").length, 1);
});

Deno.test("an unknown revision is refused, whatever it looks like", { ignore }, () => {
  using repository = temporaryRepository();
  repository.commit("first");
  for (const ref of ["nowhere", "--all", ""]) {
    assertThrows(() => checkOut(ref, repository.folder), CheckoutError, `"${ref}"`);
  }
});

Deno.test("bench:against without a revision, or with a wrong option, ends with 2", async () => {
  for (const args of [[], ["HEAD", "HEAD"], ["--fast"], ["HEAD", "--out", "x.csv"]]) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program, ...args],
      stdin: "null",
    }).output();
    assertEquals(code, 2);
    assertMatch(new TextDecoder().decode(stderr), /^bench:against: [^]*usage: deno task/);
  }
});

Deno.test("specifiers that the other revision has otherwise, or alone, are named", () => {
  const now = { "fast-check": "npm:fast-check@4", wabt: "npm:wabt@1" };
  assertEquals(importDifferences(now, now), { missing: [], other: [] });
  const before = { "fast-check": "npm:fast-check@3", vega: "npm:vega@6" };
  assertEquals(importDifferences(before, now), {
    missing: [`"vega": "npm:vega@6"`],
    other: [`"fast-check": "npm:fast-check@4", not "npm:fast-check@3"`],
  });
});

function hasGit(): boolean {
  try {
    return new Deno.Command("git", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

function temporaryRepository() {
  const folder = Deno.makeTempDirSync();
  const git = (...args: string[]) => {
    const { success, stdout, stderr } = new Deno.Command("git", {
      args: ["-C", folder, "-c", "user.name=test", "-c", "user.email=test@localhost", ...args],
      stdin: "null",
    }).outputSync();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  git("init", "--quiet");
  return {
    folder,
    git,
    commit: (text: string) => {
      Deno.writeTextFileSync(`${folder}/text`, text);
      git("add", "text");
      git("commit", "--quiet", "-m", text);
    },
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}
