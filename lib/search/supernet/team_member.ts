import { softmaxCrossEntropy } from "./classifier.ts";
import { activeLayers } from "./elastic_layers.ts";
import { evaluateSubnetwork } from "./evaluate.ts";
import { backward, forward } from "./passes.ts";
import { loadPatches } from "./patches.ts";
import type { TeamResults, TeamSetup, TeamTask } from "./team.ts";
import { floatsAt } from "./training_memory.ts";
import { createWorkspace, setParameters, type Workspace } from "./workspace.ts";

/** Does the tasks of a team in one thread, with a super-network of its own. */
export function teamMember(): (task: TeamSetup | TeamTask) => unknown {
  let setup: TeamSetup;
  let workspace: Workspace;
  return (task) => {
    switch (task.kind) {
      case "open":
        setup = task;
        workspace = createWorkspace(setup.space, setup.batch);
        setParameters(workspace, setup.parameters);
        return null;
      case "train":
        setParameters(workspace, setup.parameters);
        return gradientOf(workspace, setup, task);
      case "evaluate":
        return evaluateSubnetwork(workspace, task.genes, {
          calibration: setup.sets[task.calibration],
          images: setup.sets[task.images],
        });
    }
  };
}

function gradientOf(
  workspace: Workspace,
  { sets }: TeamSetup,
  { genes, set, indices, mirrored, gradient }: Extract<TeamTask, { kind: "train" }>,
): TeamResults["train"] {
  const { memory, parameters, parameterCount, gradientBytes } = workspace;
  const pass = { layers: activeLayers(workspace.space, genes), batch: indices.length };
  loadPatches(workspace, { images: sets[set], indices, mirrored });
  const { logits, statistics } = forward(workspace, pass);
  const labels = indices.map((index) => sets[set].labels[index]);
  const { loss, dLogits, correct } = softmaxCrossEntropy(logits, labels);
  backward(workspace, pass, { statistics, dLogits });
  const own = floatsAt(memory, parameters + gradientBytes, parameterCount);
  gradient.set(own);
  own.fill(0);
  return { loss, correct };
}
