import type { KernelCode, Region } from "../../../codegen/kernel/kernel.ts";

/** Functions that several layers call, each kept once. */
export class KernelLibrary {
  readonly #known = new Map<string, KernelCode>();

  /** The function that does the same, if there is one, else this one under a name of its own. */
  share(code: KernelCode, name: string): KernelCode {
    const key = JSON.stringify(
      [name, code],
      (field, value) =>
        field === "region" ? placeless(value) : typeof value === "bigint" ? String(value) : value,
    );
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const named = { ...code, name: `${name}_${this.#known.size}` };
    this.#known.set(key, named);
    return named;
  }
}

/** A region without its address, which the code gets as a number. */
function placeless({ name, check }: Region) {
  return { name, check };
}
