/// <reference lib="deno.worker" />
import { runTask, type Task } from "./task.ts";

self.onmessage = ({ data }: MessageEvent<Task>) => {
  try {
    self.postMessage({ result: runTask(data) });
  } catch (error) {
    const { name, message } = error as Error;
    self.postMessage({ error: `${name}: ${message}` });
  }
};
