import type { Region } from "../codegen/kernel/kernel.ts";
import type { Model } from "../model/model.ts";
import { operatorName } from "../model/operator.ts";
import type { Plan, PlanBuffer } from "../plan/plan.ts";
import { EngineError } from "./engine_error.ts";

/** What a checked region is: who touches it at which step. */
interface Access {
  readonly step: number;
  readonly what: string;
  readonly buffer: number;
  readonly address: number;
  readonly sizeBytes: number;
}

/**
 * Proves a plan while it runs: every byte of the arena carries its owner, a byte read must belong to
 * the tensor that is read, a byte written must lie within the tensor that is written.
 */
export class AccessChecks {
  readonly #model: Model;
  readonly #plan: Plan;
  readonly #arenaAddress: number;
  /** 1 + index of the buffer that a byte belongs to; 0: nobody. */
  readonly #owner: Int32Array;
  readonly #accesses: Access[] = [];

  constructor({ model, plan, arenaAddress }: {
    readonly model: Model;
    readonly plan: Plan;
    readonly arenaAddress: number;
  }) {
    this.#model = model;
    this.#plan = plan;
    this.#arenaAddress = arenaAddress;
    this.#owner = new Int32Array(plan.peakBytes);
  }

  /** The region with a number by which accesses to it are checked. */
  watch(region: Region, step: number, buffer: PlanBuffer): Region {
    const { name, address, sizeBytes } = region;
    const index = this.#plan.buffers.indexOf(buffer);
    this.#accesses.push({ step, what: name, buffer: index, address, sizeBytes });
    return { ...region, check: this.#accesses.length - 1 };
  }

  /** Forgets all owners, as before a run. */
  clear(): void {
    this.#owner.fill(0);
  }

  /** The caller filled a tensor. */
  fill(tensor: number, sizeBytes: number): void {
    const index = this.#plan.buffers.findIndex(({ tensors }) => tensors.includes(tensor));
    if (index === -1) return;
    const { offsetBytes } = this.#plan.buffers[index];
    this.#owner.fill(index + 1, offsetBytes, offsetBytes + sizeBytes);
  }

  /** The caller reads a tensor after the last step. */
  take(tensor: number, sizeBytes: number): void {
    const index = this.#plan.buffers.findIndex(({ tensors }) => tensors.includes(tensor));
    if (index === -1) return;
    const { offsetBytes } = this.#plan.buffers[index];
    for (let byte = 0; byte < sizeBytes; byte++) {
      const owner = this.#owner[offsetBytes + byte];
      if (owner === index + 1) continue;
      throw new EngineError(
        `output ${this.#tensorText(tensor)} is lost: byte ${byte} (arena byte ` +
          `${offsetBytes + byte}) belongs to ${this.#ownerText(owner)}`,
      );
    }
  }

  /** Functions that checked code imports. */
  readonly host = {
    checkRead: (address: number, bytes: number, id: number): void => {
      const access = this.#accesses[id];
      const first = this.#within("reads", access, address, bytes);
      for (let byte = first; byte < first + bytes; byte++) {
        const owner = this.#owner[byte];
        if (owner === access.buffer + 1) continue;
        throw this.#error(
          access,
          `reads byte ${byte - this.#offsetOf(access)} of ${access.what} (arena byte ${byte}), ` +
            `which belongs to ${this.#ownerText(owner)}`,
        );
      }
    },
    checkWrite: (address: number, bytes: number, id: number): void => {
      const access = this.#accesses[id];
      const first = this.#within("writes", access, address, bytes);
      this.#owner.fill(access.buffer + 1, first, first + bytes);
    },
  };

  #within(verb: string, access: Access, address: number, bytes: number): number {
    if (address < access.address || address + bytes > access.address + access.sizeBytes) {
      const from = address - access.address;
      throw this.#error(
        access,
        `${verb} bytes ${from} to ${from + bytes - 1} of ${access.what}, which has ` +
          `${access.sizeBytes}`,
      );
    }
    return address - this.#arenaAddress;
  }

  #offsetOf({ address }: Access): number {
    return address - this.#arenaAddress;
  }

  #error({ step }: Access, reason: string): EngineError {
    const { operator } = this.#plan.steps[step];
    const opName = operatorName(this.#model.operators[operator]);
    return new EngineError(reason, { operator, opName });
  }

  #tensorText(tensor: number): string {
    return `t${tensor} "${this.#model.tensors[tensor].name}"`;
  }

  #ownerText(owner: number): string {
    if (owner === 0) return "nobody yet";
    const { tensors, name } = this.#plan.buffers[owner - 1];
    return tensors.length > 0 ? this.#tensorText(tensors[0]) : name;
  }
}
