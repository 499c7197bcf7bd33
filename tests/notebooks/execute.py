"""Executes the code cells of one notebook in a Jupyter kernel and reports what came back.

usage: execute.py NOTEBOOK TIMEOUT_SECONDS

Runs in the folder of the notebook, with the kernel named "deno" of the current Jupyter environment,
up to the first cell that fails. Prints one JSON object (see execution.ts, `Execution`). It judges
nothing; that is verdict.ts.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import time

from jupyter_client.manager import KernelManager

# The kernel may publish "idle" before the last output of a cell.
QUIET_SECONDS = 0.15


class Outputs:
    """The outputs of all cells, by the request that caused them."""

    def __init__(self):
        self.by_request = {}
        self.idle = set()
        self.displays = {}

    def add(self, message):
        request = message["parent_header"].get("msg_id")
        outputs = self.by_request.get(request)
        if outputs is None:
            return
        kind, content = message["msg_type"], message["content"]
        if kind == "status":
            if content["execution_state"] == "idle":
                self.idle.add(request)
        elif kind == "stream":
            outputs.append({"output_type": "stream", "name": content["name"], "text": content["text"]})
        elif kind == "error":
            outputs.append({"output_type": "error", "ename": content["ename"],
                            "evalue": content["evalue"], "traceback": content["traceback"]})
        elif kind == "clear_output":
            outputs.clear()
        elif kind in ("display_data", "execute_result", "update_display_data"):
            self.display(kind, content, outputs)

    def display(self, kind, content, outputs):
        display_id = content.get("transient", {}).get("display_id")
        shown = {"data": content["data"], "metadata": content.get("metadata", {})}
        if kind == "update_display_data":
            for earlier in self.displays.get(display_id, []):
                earlier.update(shown)
            return
        output = {"output_type": kind, **shown}
        if kind == "execute_result":
            output["execution_count"] = content["execution_count"]
        outputs.append(output)
        if display_id is not None:
            self.displays.setdefault(display_id, []).append(output)


def execute_cell(manager, client, outputs, source, deadline):
    """Returns the reply of the kernel, or a reply of our own if there is none."""
    request = client.execute(source, stop_on_error=False)
    outputs.by_request[request] = []
    reply = None
    heard = time.monotonic()
    while True:
        now = time.monotonic()
        if reply is not None and request in outputs.idle and now - heard > QUIET_SECONDS:
            return request, reply
        if now > deadline:
            return request, {"status": "timeout"}
        if reply is None and not manager.is_alive():
            return request, {"status": "died"}
        try:
            outputs.add(client.get_iopub_msg(timeout=0.02))
            heard = time.monotonic()
        except queue.Empty:
            pass
        if reply is None:
            try:
                message = client.get_shell_msg(timeout=0.001)
                if message["parent_header"].get("msg_id") == request:
                    reply = message["content"]
                    heard = time.monotonic()
            except queue.Empty:
                pass


def execute(path, timeout_seconds):
    with open(path, encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    deadline = time.monotonic() + timeout_seconds
    manager = KernelManager(kernel_name="deno")
    client = None
    outputs = Outputs()
    executed = []
    language = {}
    try:
        manager.start_kernel(cwd=os.path.dirname(os.path.abspath(path)),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=min(60, timeout_seconds))
        language = client.kernel_info(reply=True, timeout=20)["content"]["language_info"]
        for index, cell in enumerate(cells):
            source = "".join(cell["source"])
            if cell["cell_type"] != "code" or not source.strip():
                continue
            started = time.monotonic()
            request, reply = execute_cell(manager, client, outputs, source, deadline)
            executed.append({
                "index": index,
                "status": reply["status"],
                "ename": reply.get("ename", ""),
                "evalue": reply.get("evalue", ""),
                "seconds": time.monotonic() - started,
                "outputs": outputs.by_request[request],
            })
            tags = cell.get("metadata", {}).get("tags", [])
            if reply["status"] != "ok" and "raises-exception" not in tags:
                break
    finally:
        # An orphaned kernel would never end.
        if client is not None:
            client.stop_channels()
        if manager.has_kernel:
            manager.shutdown_kernel(now=True)
    return {"cells": executed, "language": language}


def main():
    # So that `finally` runs when the caller gives up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = execute(sys.argv[1], float(sys.argv[2]))
    json.dump(report, sys.stdout)


main()
