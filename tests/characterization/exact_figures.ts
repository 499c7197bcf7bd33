import { createHash } from "node:crypto";
import { assertEquals } from "../assert.ts";

/** What makes the texts, bytes and plain data of one case, by its name. */
export type ExactCases = Readonly<Record<string, () => unknown | Promise<unknown>>>;

const file = new URL("recorded_exact.json", import.meta.url);
const recorded: Readonly<Record<string, string>> = JSON.parse(
  await Deno.readTextFile(file).catch(() => "{}"),
);
const again = "if that is intended: deno run -A tests/characterization/record_exact.ts";

/** A test for each case: that it makes, to the last bit, what it made when it was recorded. */
export function testExact(cases: ExactCases): void {
  for (const [name, make] of Object.entries(cases)) {
    Deno.test(`${name} is as recorded, to the last bit`, async () => {
      assertEquals(digestOf(await make()), recorded[name], again);
    });
  }
}

/**
 * Records what cases make today, and says which make something else than before: those with `part` in
 * their names; what is recorded of the others stays.
 */
export async function recordExact(cases: ExactCases, part = ""): Promise<void> {
  const found: Record<string, string> = {};
  for (const [name, make] of Object.entries(cases)) {
    found[name] = name.includes(part) ? digestOf(await make()) : recorded[name];
    if (found[name] !== recorded[name]) console.log(`${name} is not what it was`);
  }
  await Deno.writeTextFile(file, JSON.stringify(found, null, 2) + "\n");
}

/** A digest of bytes, texts and plain data: 16 hexadecimal digits. */
function digestOf(made: unknown): string {
  const hash = createHash("sha256");
  add(made);
  return hash.digest("hex").slice(0, 16);

  function add(value: unknown): void {
    if (ArrayBuffer.isView(value)) {
      hash.update(`${value.constructor.name} ${value.byteLength} `);
      hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    } else if (value instanceof Map || value instanceof Set) add([...value]);
    else if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).filter(([, each]) => typeof each !== "function");
      hash.update(`${entries.length} of `);
      for (const [name, each] of entries) {
        hash.update(`${name}:`);
        add(each);
      }
    } else hash.update(`${typeof value} ${value} `);
  }
}
