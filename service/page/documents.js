// The list of this browser's documents: what waits to be sent, and what became of the rest.
import { Problem, request, send } from "./connection.js";
import { clone, complain, find, paragraph, pages, say, sleep } from "./tools.js";

const KEPT = "olmocr-documents";
const MOST_KEPT = 50;
const ASK_AGAIN_SECONDS = 1.5;
const FINAL = new Set(["done", "failed", "cancelled"]);
const BADGES = {
  queued: ["Waiting", "blank"], running: ["Reading", "ocr"], failed: ["Failed", "failed"], cancelled: ["Deleted", "blank"],
  kept: ["Done", "kept"], partial: ["Partial", "partial"], blank: ["Blank", "blank"], held_back: ["Held back", "held_back"],
};
const entries = new Map();
const queue = [];
const watchers = [];
let sending = false;
let polling = false;
let uploads = 0;
let mostBytes = Infinity;

export const isFinal = (job) => FINAL.has(job.state);
export const onChange = (watcher) => watchers.push(watcher);
export const badge = (job) => BADGES[job.state === "done" ? job.document_status : job.state] ?? ["Done", "kept"];

export function facts(job) {
  if (job.state === "queued") return job.position ? `${job.position.toLocaleString("en")} before it` : "next in line";
  if (job.state === "running" && job.pages) return `${job.pages_done} of ${pages(job.pages)}`;
  return job.pages ? pages(job.pages) : "";
}

// What a job says of itself: why it failed, what it lacks, or why it still waits.
export function reasons(job) {
  const kind = job.state === "failed" ? "failed" : "note";
  return job.reasons.map((reason) => paragraph(reason.message || reason.code, kind));
}

export async function learnLimits() {
  const limits = await (await request("page/limits", { ask: true })).json();
  mostBytes = 1e6 * limits.upload_mb;
  find("#limit").textContent = `Up to ${limits.upload_mb.toLocaleString("en")} MB each.`;
}

export function add(files) {
  const chosen = [...files];
  for (const file of chosen) {
    const entry = addEntry(`upload-${uploads += 1}`, file.name, true);
    if (file.size > mostBytes) fail(entry, `It is larger than ${mostBytes / 1e6} MB, the limit of this service.`);
    else queue.push({ entry, file, alone: chosen.length === 1 });
  }
  sendQueued();
}

async function sendQueued() {
  if (sending) return;
  sending = true;
  for (let next; (next = queue.shift());) await sendOne(next);
  sending = false;
}

async function sendOne({ entry, file, alone }) {
  if (!entries.has(entry.id)) return;
  say(`Sending ${file.name}`);
  try {
    await learnLimits();
    await accept(entry, await sendWithPatience(entry, file), alone);
  } catch (error) {
    if (entries.has(entry.id)) fail(entry, error.message);
  }
}

async function sendWithPatience(entry, file) {
  const { signal } = entry.stop;
  for (;;) {
    try {
      return await send(file, (fraction) => show(Object.assign(entry, { fraction })), signal);
    } catch (error) {
      if (!(error instanceof Problem) || !error.retryAfter || !error.passes || signal.aborted) throw error;
      show(Object.assign(entry, { fraction: null, waits: error.message }));
      await sleep(error.retryAfter, signal);
    }
  }
}

async function accept(entry, job, alone) {
  const hadFocus = entry.row.contains(document.activeElement);
  drop(entry);
  keep(job);
  const row = update(job).row;
  if (hadFocus) find("a", row).focus();
  // Sent again, it may be read again: the address stays the same.
  if (alone && location.hash === `#${job.id}`) dispatchEvent(new Event("hashchange"));
  else if (alone) location.hash = job.id;
  poll();
}

// Also for a document that this browser did not send: its address was passed on.
export async function fetchJob(id) {
  const job = await (await request(`v1/documents/${id}`)).json();
  keep(job);
  return update(job).job;
}

export function update(job) {
  const entry = entries.get(job.id) ?? addEntry(job.id, job.filename, true);
  const ended = entry.job && !isFinal(entry.job) && isFinal(job);
  Object.assign(entry, { job, filename: job.filename, message: null, waits: null });
  show(entry);
  if (ended) say(`${job.filename}: ${badge(job)[0]}`);
  for (const watcher of watchers) watcher(job);
  return entry;
}

// Asks for every document that has not ended, in turn, until all have.
export async function poll() {
  if (polling) return;
  polling = true;
  try {
    for (let open; (open = [...entries.values()].filter(isOpen)).length;) {
      for (const entry of document.hidden ? [] : open) await ask(entry);
      await sleep(ASK_AGAIN_SECONDS);
    }
  } catch (error) {
    complain(error.message);
  } finally {
    polling = false;
  }
}

const isOpen = ({ id, job, message }) => isId(id) && !message && !(job && isFinal(job));

async function ask(entry) {
  try {
    const job = await (await request(`v1/documents/${entry.id}`)).json();
    if (entries.has(job.id)) update(job);
  } catch (error) {
    if (error.status === 401) throw error;
    const isGone = error.status === 404 || error.status === 410;
    if (isGone && entry.job) update({ ...entry.job, state: "cancelled" });
    else if (isGone) fail(entry, "It was deleted.");
    else show(Object.assign(entry, { waits: error.message }));
  }
}

export function restore() {
  for (const { id, filename } of kept()) if (!entries.has(id)) addEntry(id, filename, false);
  poll();
}

export function clear() {
  for (const entry of [...entries.values()]) if (entry.job || entry.message) drop(entry);
  localStorage.removeItem(KEPT);
  say("The list is empty");
}

function addEntry(id, filename, first) {
  const row = clone("row");
  const entry = { id, filename, row, job: null, fraction: null, waits: null, stop: new AbortController() };
  entries.set(id, entry);
  find("[data-part=delete]", row).addEventListener("click", () => remove(entry));
  find("[data-part=delete]", row).addEventListener("blur", () => { entry.sure = false; show(entry); });
  find("#list")[first ? "prepend" : "append"](row);
  find("#recent").hidden = false;
  show(entry);
  return entry;
}

function fail(entry, message) {
  say(`${entry.filename}: ${message}`);
  show(Object.assign(entry, { message, fraction: null, waits: null }));
}

function show(entry) {
  const { row, job } = entry;
  const part = (name) => find(`[data-part=${name}]`, row);
  const name = part("name");
  name.textContent = entry.filename;
  if (job && job.state !== "cancelled") name.href = `#${job.id}`;
  else name.removeAttribute("href");
  const [label, kind] = job ? badge(job) : entry.message ? ["Failed", "failed"] : [entry.fraction === null ? "Waiting" : "Sending", "blank"];
  part("badge").textContent = label;
  part("badge").className = `badge ${kind}`;
  part("facts").textContent = entry.waits ?? (job ? facts(job) : entry.fraction === null ? "" : `${Math.round(100 * entry.fraction)}%`);
  const message = entry.message ?? (job?.state === "failed" ? job.reasons.map((one) => one.message).join(" ") : "");
  part("message").textContent = message;
  part("message").hidden = !message;
  showProgress(find("progress", row), entry);
  const verb = entry.message || job?.state === "cancelled" ? "Remove" : job && isFinal(job) ? "Delete" : "Cancel";
  part("delete").textContent = entry.sure ? `${verb} for good` : verb;
  part("delete").setAttribute("aria-label", `${part("delete").textContent}: ${entry.filename}`);
}

function showProgress(bar, { filename, job, fraction, message }) {
  bar.hidden = Boolean(message) || Boolean(job && isFinal(job));
  bar.setAttribute("aria-label", `Progress of ${filename}`);
  const done = job ? (job.pages ? job.pages_done / job.pages : null) : fraction;
  if (done === null) bar.removeAttribute("value");
  else bar.value = done;
}

async function remove(entry) {
  const known = entry.job && entry.job.state !== "cancelled" && !entry.message;
  if (known && !entry.sure) {
    entry.sure = true;
    show(entry);
    return say(`Press again to delete ${entry.filename}, its pages and its text`);
  }
  entry.stop.abort();
  try {
    if (known) await request(`v1/documents/${entry.id}`, { method: "DELETE", ask: true });
  } catch (error) {
    if (error.status !== 404) return complain(`${entry.filename} was not deleted: ${error.message}`);
  }
  forget(entry.id);
  drop(entry);
  say(`${entry.filename} is deleted`);
  (entries.size ? find("#recent-title") : find("#files")).focus();
  if (entry.job) for (const watcher of watchers) watcher({ ...entry.job, state: "cancelled" });
}

function drop(entry) {
  entries.delete(entry.id);
  entry.row.remove();
  find("#recent").hidden = entries.size === 0;
}

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return found.filter((one) => isId(one.id) && typeof one.filename === "string").slice(0, MOST_KEPT);
  } catch {
    return [];
  }
}

const write = (list) => localStorage.setItem(KEPT, JSON.stringify(list.slice(0, MOST_KEPT)));
const keep = ({ id, filename }) => write([{ id, filename }, ...kept().filter((one) => one.id !== id)]);
const forget = (id) => write(kept().filter((one) => one.id !== id));
export const isId = (text) => /^[0-9a-f]{32}$/.test(text);
