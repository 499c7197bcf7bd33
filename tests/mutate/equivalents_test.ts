import assert from "node:assert/strict";
import { equivalents, isEquivalent } from "./equivalents.ts";
import { allSites } from "./sites.ts";

Deno.test("every change that is said to be equivalent is one that could be made", async () => {
  for (const each of equivalents) {
    const { path, why } = each;
    const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
    const sites = allSites(new Map([[path, text]]));
    const found = sites.filter(({ code, mutant }) => code === each.code && mutant === each.mutant);
    assert.ok(found.length > 0, `${path}: ${each.code} -> ${each.mutant}`);
    assert.ok(found.every(isEquivalent));
    assert.match(why, /^\S.{10,}\.$/);
  }
});
