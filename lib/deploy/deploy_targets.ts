import type { Device } from "../plan/devices.ts";
import type { CTarget } from "./c_kernels.ts";

/**
 * What a project is for.
 *
 * @category Deployment
 */
export type DeployTargetName =
  | "portable"
  | "cortex-m4"
  | "cortex-m7"
  | "cortex-m33"
  | "cortex-m55"
  | "host";

/**
 * A processor, and how code for it is made and tried.
 *
 * @category Deployment
 */
export interface DeployTarget {
  /** Which kernels are printed. */
  readonly kernels: CTarget;
  /** What a reader should know of the choice; empty: nothing. */
  readonly remark: string;
  /** The machine in QEMU that runs it; null: none does. */
  readonly board: BoardName | null;
}

/**
 * A machine in QEMU.
 *
 * @category Deployment
 */
export type BoardName = "mps2-an386" | "mps2-an500" | "mps3-an547";

/**
 * All targets: kernels for another processor are one line.
 *
 * @category Deployment
 */
export const deployTargets: Readonly<Record<DeployTargetName, DeployTarget>> = {
  "portable": { kernels: "portable", remark: "", board: "mps2-an386" },
  "cortex-m4": { kernels: "cortex-m4", remark: "", board: "mps2-an386" },
  "cortex-m7": { kernels: "cortex-m4", remark: "", board: "mps2-an500" },
  "cortex-m33": {
    kernels: "cortex-m4",
    remark: "measured as a Cortex-M4, which has the same DSP instructions",
    board: "mps2-an386",
  },
  "cortex-m55": {
    kernels: "cortex-m55",
    remark:
      "its estimates are those of the DSP extension, more than Helium takes; measured counts are its own",
    board: "mps3-an547",
  },
  "host": { kernels: "host", remark: "", board: null },
};

/** The target whose kernels suit a device; `portable` where there are none of its own. */
export function targetOf({ core }: Pick<Device, "core">): DeployTargetName {
  const number = /Cortex-M(4|7|33|55)(?!\d)/.exec(core)?.[1];
  return number === undefined ? "portable" : `cortex-m${number}` as DeployTargetName;
}

/**
 * The target of that name.
 *
 * @throws {RangeError} if there is none.
 */
export function deployTarget(name: DeployTargetName): DeployTarget {
  if (Object.hasOwn(deployTargets, name)) return deployTargets[name];
  throw new RangeError(
    `target "${name}", needed one of ${Object.keys(deployTargets).join(", ")}`,
  );
}
