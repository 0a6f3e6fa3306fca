// Requests to the service, with the API key of this tab where the service wants one.
import { find, sleep } from "./tools.js";

// Relative to this file: a proxy may serve the page below a path.
const BASE = new URL("../", import.meta.url);
const KEY = "olmocr-api-key";
const LONGEST_PAUSE = 30;
const MOST_TRIES = 10;
let asking = null;
let declined = false;

export class Problem extends Error {
  constructor(status, detail, retryAfter = 0) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  get passes() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const key = () => sessionStorage.getItem(KEY) ?? "";
const keyHeader = () => (key() ? { "X-Api-Key": key() } : {});

// `ask`: a person has just wanted this, so that asking for a key again is no surprise.
export async function request(path, { method = "GET", headers = {}, signal, ask = false } = {}) {
  for (let tries = 1; ; tries += 1) {
    const used = key();
    const wanted = { method, signal, cache: "no-store", headers: { ...headers, ...keyHeader() } };
    let answer;
    try {
      answer = await fetch(new URL(path, BASE), wanted);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Problem(0, "The service does not answer.");
    }
    if (answer.ok) return answer;
    const problem = toProblem(answer.status, await answer.text(), answer.headers);
    if (answer.status === 429 && problem.retryAfter && tries < MOST_TRIES) await sleep(problem.retryAfter, signal);
    else if (answer.status !== 401 || (declined && !ask)) throw problem;
    else if (key() === used) await askForKey(Boolean(used));
  }
}

function toProblem(status, text, headers) {
  let detail = `The service answered ${status}.`;
  try {
    detail = JSON.parse(text).detail ?? detail;
  } catch { /* A proxy's page says nothing to people. */ }
  return new Problem(status, detail, Number(headers.get("Retry-After")) || 0);
}

export function askForKey(wrong = false) {
  asking ??= showKeyDialog(wrong).finally(() => { asking = null; });
  return asking;
}

function showKeyDialog(wrong) {
  const dialog = find("#key");
  const field = find("#key-text");
  find("#key-wrong").hidden = !wrong;
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done, fail) => {
    find("form", dialog).onsubmit = (event) => {
      event.preventDefault();
      // A header holds no other characters.
      const given = field.value.replace(/[^!-~]/g, "");
      if (given) dialog.close(given);
    };
    find("#key-cancel").onclick = () => dialog.close("");
    dialog.onclose = () => {
      declined = !dialog.returnValue;
      find("#change-key").hidden = false;
      field.value = "";
      if (declined) return fail(new Problem(401, "This service needs an API key."));
      sessionStorage.setItem(KEY, dialog.returnValue);
      dialog.returnValue = "";
      done();
    };
  });
}

// XMLHttpRequest: fetch does not tell how much it has sent.
export function send(file, onProgress, signal) {
  return new Promise((done, fail) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", new URL("v1/documents", BASE));
    const name = file.name.toWellFormed?.() ?? file.name;
    const headers = { "X-Filename": encodeURIComponent(name), "Content-Type": "application/octet-stream", ...keyHeader() };
    for (const [header, value] of Object.entries(headers)) sending.setRequestHeader(header, value);
    sending.upload.onprogress = (event) => onProgress(event.total ? event.loaded / event.total : 0);
    sending.onload = () => {
      if (sending.status === 200 || sending.status === 202) return done(JSON.parse(sending.responseText));
      const answered = { get: (header) => sending.getResponseHeader(header) };
      return fail(toProblem(sending.status, sending.responseText, answered));
    };
    sending.onerror = () => fail(new Problem(0, "The connection was lost, or the file cannot be read."));
    sending.onabort = () => fail(new Problem(-1, "Cancelled."));
    signal.addEventListener("abort", () => sending.abort());
    sending.send(file);
  });
}

// Server-sent events by fetch: EventSource sends no key. Goes on where a connection broke off, until the event `end`.
export async function* events(id, signal) {
  let last = "";
  let pause = 1;
  while (!signal.aborted) {
    try {
      const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
      const answer = await request(`v1/documents/${id}/events`, { headers, signal });
      if (answer.status === 204) return;
      for await (const event of readEvents(answer.body.getReader())) {
        pause = 1;
        last = event.id;
        yield event;
        if (event.name === "end") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && !error.passes) throw error;
    }
    await sleep(pause, signal);
    pause = Math.min(LONGEST_PAUSE, 2 * pause);
  }
}

async function* readEvents(reader) {
  const decoder = new TextDecoder();
  let unread = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (unread + decoder.decode(value, { stream: true })).split("\n\n");
    unread = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
      if (fields.event) yield { name: fields.event, id: fields.id, data: JSON.parse(fields.data) };
    }
  }
}
