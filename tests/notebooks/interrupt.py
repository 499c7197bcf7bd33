"""Runs cells in a kernel, presses the stop button in one of them, and prints what the cells showed.

usage: interrupt.py KERNEL_NAME
Standard input: a JSON list of { "source": text, "interruptAfterSeconds": number or null }.
Standard output: a JSON list with the text outputs of each cell, or null for a cell that did not end.
"""

import json
import queue
import subprocess
import sys
import time

from jupyter_client.manager import KernelManager

LIMIT_SECONDS = 20
QUIET_SECONDS = 0.15


def run(manager, client, source, interrupt_after):
    request = client.execute(source)
    started = heard = time.monotonic()
    texts, idle = [], False
    while not (idle and time.monotonic() - heard > QUIET_SECONDS):
        now = time.monotonic()
        if now - started > LIMIT_SECONDS or not manager.is_alive():
            return None
        if interrupt_after is not None and now - started > interrupt_after:
            interrupt_after = None
            manager.interrupt_kernel()
        try:
            message = client.get_iopub_msg(timeout=0.02)
        except queue.Empty:
            continue
        if message["parent_header"].get("msg_id") != request:
            continue
        heard = time.monotonic()
        content = message["content"]
        if message["msg_type"] == "status":
            idle = content["execution_state"] == "idle"
        elif "data" in content:
            texts.append(content["data"]["text/plain"])
    return texts


def main():
    cells = json.load(sys.stdin)
    manager = KernelManager(kernel_name=sys.argv[1])
    manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        json.dump([run(manager, client, cell["source"], cell.get("interruptAfterSeconds"))
                   for cell in cells], sys.stdout)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


main()
