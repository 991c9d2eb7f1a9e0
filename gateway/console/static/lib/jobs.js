// What several views ask and do about jobs.

import { call } from "./api.js";
import { toast } from "./show.js";

/** Whether a job has not ended. */
export const isAtWork = ({ status }) => status === "queued" || status === "active";

/** Asks a job to stop; what is in the way of that is told. */
export async function cancelJob(job) {
  try {
    await call("POST", `jobs/${encodeURIComponent(job.id)}/cancel`, { body: {} });
  } catch (error) {
    toast(error.message, { bad: true });
  }
}
