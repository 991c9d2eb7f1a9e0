// How numbers, times and states are told.

const COUNT = new Intl.NumberFormat("en");
const TIME = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** A whole number with separators. */
export const count = (number) => COUNT.format(number);

/** A number and its noun. */
export const counted = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** A time of the API, in the reader's time zone. */
export const time = (text) => (text ? TIME.format(new Date(text)) : "–");

/** What kinds of jobs are called, and what they do to products. */
export const KINDS = {
  import: { name: "Import", did: "Imported", noun: "row" },
  silver: { name: "Normalize", did: "Normalized", noun: "product" },
  gold: { name: "Analyze", did: "Analyzed", noun: "product" },
};

/** The name of a kind of job, of those not known the kind itself. */
export const kindName = (kind) => KINDS[kind]?.name ?? kind;

/** Rate and time left, from what was done in so many milliseconds; nothing while that says little. */
export function remaining(done, rest, milliseconds) {
  if (done <= 0 || rest <= 0 || milliseconds < 1000) return "";
  const rate = (1000 * done) / milliseconds;
  const seconds = Math.ceil(rest / rate);
  return `${count(Math.round(rate))} a second, ${seconds < 90 ? counted(seconds, "second") : counted(Math.round(seconds / 60), "minute")} left`;
}

/** How far a job is, as "Normalized X / Y products". */
export function progressText(job) {
  const { did, noun } = KINDS[job.kind] ?? { did: "Done", noun: "item" };
  const { processed = 0, total = 0 } = job.progress ?? {};
  return total ? `${did} ${count(processed)} / ${counted(total, noun)}` : "Waiting for its turn";
}
