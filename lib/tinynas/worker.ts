/// <reference lib="deno.worker" />
import { runTask } from "./task.ts";
import { answerMessages } from "./threads.ts";

answerMessages(runTask);
