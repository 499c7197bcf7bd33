/// <reference lib="deno.worker" />
import { answerMessages } from "../threads.ts";
import { runArmTask } from "./arm_task.ts";

answerMessages(runArmTask);
