import { createEngine, type EngineOptions } from "../engine/create_engine.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/engine_error.ts";
import type { Model } from "../model/model.ts";
import { PlanError } from "../plan/plan_error.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Compiles a model for a command.
 *
 * @throws {UsageError} the model holds an operator that cannot run, or the plan does not hold.
 */
export function compileModel(operand: string, model: Model, options: EngineOptions = {}): Engine {
  try {
    return createEngine(model, options);
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof PlanError)) throw error;
    throw new UsageError(`${operand}: ${error.message}`);
  }
}
