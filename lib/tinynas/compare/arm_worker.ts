/// <reference lib="deno.worker" />
import { answerMessages } from "../threads.ts";
import { runArmWork } from "./arm_task.ts";

answerMessages(runArmWork);
