import type { DeployTargetName } from "../deploy_targets.ts";

/**
 * Cycles from instructions, which is all that QEMU counts.
 *
 * @category Deployment
 */
export interface CycleModel {
  /** Cycles an instruction takes on average. */
  readonly cyclesPerInstruction: number;
  /** How far off it may be, as a share. */
  readonly errorShare: number;
  /** Where both come from. */
  readonly source: string;
}

const M4: CycleModel = {
  cyclesPerInstruction: 1.38,
  errorShare: 0.1,
  source: "timings of the Cortex-M4 Technical Reference Manual, zero wait states, summed over " +
    "traces of person_detect, kws_ref_model, ad01_int8 and mcunet_vww1",
};

/** What is known of each processor; null: nothing. */
export const cycleModels: Readonly<Record<DeployTargetName, CycleModel | null>> = {
  "portable": null,
  "cortex-m4": M4,
  "cortex-m33": { ...M4, errorShare: 0.2, source: `those of the Cortex-M4: ${M4.source}` },
  "cortex-m7": {
    cyclesPerInstruction: 0.85,
    errorShare: 0.3,
    source: "published times on an STM32H743 over instructions counted in QEMU: TinyEngine 0.69, " +
      "CMSIS-NN 1.02",
  },
  "cortex-m55": {
    cyclesPerInstruction: 1.1,
    errorShare: 0.4,
    source: "a guess between Cortex-M7 and Cortex-M4: nothing was measured",
  },
  "host": null,
};
