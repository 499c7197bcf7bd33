import { type Nest, type TensorData, toJavaScript } from "tinyloom";
import { clearOutputs } from "../../lib/codegen/execute.ts";
import { elementsOf } from "../../lib/nest/define_nest.ts";
import { zeros } from "../../lib/nest/dtype.ts";

/** The output of a nest as JavaScript. */
export function runJavaScript(
  nest: Nest,
  inputs: Readonly<Record<string, TensorData>>,
): TensorData {
  const target = nest.tensors.find(({ role }) => role === "output")!;
  const result = zeros(target.dtype, elementsOf(target));
  clearOutputs(nest, { [target.name]: result });
  const inJavaScript = new Function(`return ${toJavaScript(nest)}`)();
  inJavaScript(...nest.tensors.map(({ name, role }) => role === "output" ? result : inputs[name]));
  return result;
}
