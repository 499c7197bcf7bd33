import type { GraphBuilder, GraphValue } from "./graph_builder.ts";
import { dense } from "./layers.ts";

// Five frames of 128 log-mel bands, quantized as in the released ad01_int8.tflite.
const SHAPE = [1, 640];
const LOG_MEL = { scale: 0.391015232, zeroPoint: 89 } as const;

const HIDDEN = [128, 128, 128, 128, 8, 128, 128, 128, 128];

/**
 * The auto-encoder of MLPerf Tiny's anomaly detection (the baseline of DCASE 2020 task 2): dense
 * layers 640 - 4 x 128 - 8 - 4 x 128 - 640.
 */
export function autoencoder(graph: GraphBuilder): GraphValue {
  let value = graph.input(SHAPE, LOG_MEL);
  HIDDEN.forEach((units, index) => {
    value = dense(graph, value, { name: `dense${index}`, units, activation: "RELU" });
  });
  return dense(graph, value, { name: "reconstruction", units: SHAPE[1], activation: "NONE" });
}
