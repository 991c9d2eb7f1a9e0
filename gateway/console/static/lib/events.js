// How a job does, as it happens: server-sent events over fetch, since EventSource sends no key.

import { ApiError, call, identity, inWorkspace } from "./api.js";
import { isAtWork } from "./jobs.js";

const AGAIN_MS = 1000;

/** Tells `onProgress` how far a job is, and returns its record when it has ended. What breaks off is asked anew. */
export async function follow(jobId, { signal, onProgress }) {
  const path = `jobs/${encodeURIComponent(jobId)}`;
  for (;;) {
    try {
      await read(path, signal, onProgress);
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && error.status >= 400 && error.status < 500)) throw error;
    }
    try {
      const job = await call("GET", path, { signal });
      if (!isAtWork(job)) return job;
      onProgress(job);
    } catch (error) {
      if (signal.aborted || (error.status >= 400 && error.status < 500)) throw error;
    }
    await new Promise((go) => setTimeout(go, AGAIN_MS));
  }
}

async function read(path, signal, onProgress) {
  const headers = { ...identity(), accept: "text/event-stream" };
  const answer = await fetch(inWorkspace(`${path}/events?results=false`), { headers, signal, cache: "no-store" });
  if (!answer.ok) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
      if (fields.event === "progress") {
        const { processed, total, status } = JSON.parse(fields.data);
        onProgress({ status, progress: { processed, total } });
      } else if (fields.event) return;
    }
  }
}
