// One document: its pages beside their text, as they finish.
import { Problem, events, request } from "./connection.js";
import { badge, facts, fetchJob, isFinal, reasons, update } from "./documents.js";
import { clone, complain, copy, download, find, paragraph, say } from "./tools.js";

const MORE = 20;
// The one place where a string becomes HTML: the service's sanitiser made it, and the page's policy runs nothing in it.
const policy = window.trustedTypes?.createPolicy("page-text", { createHTML: (html) => html });
const toHtml = (html) => (policy ? policy.createHTML(html) : html);
let shown = null;

export async function open(id) {
  close();
  const stop = new AbortController();
  const view = shown = { id, stop, job: null, finished: new Set(), sections: new Map(), seen: null };
  const section = find("#document");
  try {
    view.job = await fetchJob(id);
  } catch (error) {
    if (shown === view) complain(`The document cannot be shown: ${error.message}`);
    return;
  }
  if (shown !== view) return;
  view.seen = new IntersectionObserver((all) => all.forEach((one) => see(view, one)), { rootMargin: "600px" });
  section.hidden = false;
  showJob(view);
  find("#document-title").focus({ preventScroll: true });
  section.scrollIntoView();
  follow(view).catch((error) => complain(`The pages of ${view.job.filename} cannot be shown: ${error.message}`));
}

export function close() {
  if (!shown) return;
  shown.stop.abort();
  shown.seen?.disconnect();
  for (const page of shown.sections.values()) if (page.image) URL.revokeObjectURL(page.image);
  shown = null;
  find("#pages").replaceChildren();
  find("#document").hidden = true;
}

// The list has heard of a job.
export function hear(job) {
  if (shown?.id !== job.id || !shown.job) return;
  if (job.state === "cancelled") {
    close();
    location.hash = "";
    return;
  }
  shown.job = job;
  showJob(shown);
}

async function follow(view) {
  for await (const event of events(view.id, view.stop.signal)) {
    if (event.name === "page") tell(view, event.data);
    else finish(view, event.data);
  }
}

function tell(view, page) {
  view.finished.add(page.page);
  if (!isFinal(view.job)) {
    update({ ...view.job, state: "running", pages: page.pages ?? view.job.pages, pages_done: page.pages_done });
  }
  const section = view.sections.get(page.page);
  if (section?.visible) showText(view, section);
}

function finish(view, job) {
  const wasRead = new Set([...view.sections.values()].filter((section) => section.read));
  update(job);
  // Furniture and tables across pages are known only now: the text of the document is the last word.
  for (const section of wasRead) showText(view, section);
}

function showJob(view) {
  const { job } = view;
  find("#document-title").textContent = job.filename;
  const [label, kind] = badge(job);
  const mark = find("#document [data-part=badge]");
  mark.textContent = label;
  mark.className = `badge ${kind}`;
  find("#document [data-part=facts]").textContent = facts(job);
  const list = find("#document .reasons");
  const said = reasons(job);
  if (list.textContent !== said.map((one) => one.textContent).join("")) list.replaceChildren(...said);
  for (const act of ["copy", "markdown", "json"]) {
    const format = act === "copy" ? "markdown" : act;
    find(`[data-act=${act}]`).hidden = job.state !== "done" || !job.formats.includes(format);
  }
  grow(view, false);
}

function grow(view, more) {
  const known = view.job.pages ?? 0;
  const wanted = Math.min(known, Math.max(MORE, view.sections.size + (more ? MORE : 0)));
  for (let index = view.sections.size + 1; index <= wanted; index += 1) addSection(view, nthPage(view.job, index));
  find("#more").hidden = view.sections.size >= known;
}

// Where some pages were asked for ("2-3,7"), these are what is read.
function nthPage(job, index) {
  let left = index;
  for (const range of job.options?.pages ? job.options.pages.split(",") : []) {
    const [first, last = first] = range.split("-").map(Number);
    if (left <= last - first + 1) return first + left - 1;
    left -= last - first + 1;
  }
  return index;
}

function showMore() {
  if (!shown) return;
  const first = nthPage(shown.job, shown.sections.size + 1);
  grow(shown, true);
  const title = shown.sections.has(first) ? find("h3", shown.sections.get(first).root) : find("#document-title");
  title.focus();
}

function addSection(view, number) {
  const root = clone("page");
  const section = { number, root, visible: false, read: false, image: null, text: "" };
  view.sections.set(number, section);
  const title = find("h3", root);
  title.textContent = `Page ${number}`;
  title.tabIndex = -1;
  title.id = `page-${number}`;
  root.setAttribute("aria-labelledby", title.id);
  find(".text", root).setAttribute("aria-label", `Text of page ${number}`);
  const button = find("header button", root);
  button.setAttribute("aria-label", `Copy the Markdown of page ${number}`);
  button.addEventListener("click", () => act(async () => { await copy(section.text); say(`Page ${number} is copied`); }));
  find("#pages").append(root);
  view.seen.observe(root);
}

function see(view, { target, isIntersecting }) {
  const section = [...view.sections.values()].find((one) => one.root === target);
  if (!isIntersecting || section.visible) return;
  section.visible = true;
  view.seen.unobserve(target);
  showImage(view, section);
  if (view.finished.has(section.number)) showText(view, section);
}

async function showImage(view, section) {
  const place = find("figure", section.root);
  try {
    const { signal } = view.stop;
    const answer = await request(`v1/documents/${view.id}/pages/${section.number}/image`, { signal });
    section.image = URL.createObjectURL(await answer.blob());
    const image = document.createElement("img");
    image.alt = `Image of page ${section.number}`;
    image.src = section.image;
    place.replaceChildren(image);
  } catch (error) {
    if (error instanceof Problem) find(".none", place).textContent = error.message;
  }
}

async function showText(view, section) {
  section.read = true;
  const { root } = section;
  try {
    const { signal } = view.stop;
    const answer = await request(`page/documents/${view.id}/pages/${section.number}`, { signal });
    const page = await answer.json();
    section.text = page.text;
    showPage(root, page);
  } catch (error) {
    section.read = false;
    if (error instanceof Problem) find(".warnings", root).replaceChildren(paragraph(error.message, "failed"));
  }
}

function showPage(root, page) {
  const mark = find(".badge", root);
  mark.textContent = page.label;
  mark.className = `badge ${page.kind}`;
  mark.hidden = false;
  find(".fact", root).textContent = page.facts.join(" · ");
  find("header button", root).hidden = !page.text;
  const warnings = page.notes.map((note) => paragraph(note, "note"));
  if (page.error) warnings.unshift(paragraph(page.error, "failed"));
  if (page.cut) warnings.push(paragraph(`${page.cut.toLocaleString("en")} more characters are not drawn; copy or download has them.`, "note"));
  find(".warnings", root).replaceChildren(...warnings);
  const text = find(".text", root);
  if (page.html.trim()) text.innerHTML = toHtml(page.html);
  else find(".none", text) ? (find(".none", text).textContent = "No text") : text.replaceChildren(paragraph("No text"));
  const signals = Object.entries(page.signals);
  find("details", root).hidden = !signals.length;
  find("dl", root).replaceChildren(...signals.map(pair));
}

function pair([name, value]) {
  const made = document.createElement("div");
  for (const [tag, text] of [["dt", name], ["dd", value]]) {
    const part = document.createElement(tag);
    part.textContent = text;
    made.append(part);
  }
  return made;
}

const fetchResult = (format) => request(`v1/documents/${shown.id}/result?format=${format}`, { ask: true });

async function act(work) {
  try {
    await work();
  } catch (error) {
    complain(error.message);
  }
}

export function wire() {
  const on = (name, work) => find(`[data-act=${name}]`).addEventListener("click", () => act(work));
  on("copy", async () => { await copy(await (await fetchResult("markdown")).text()); say("The Markdown is copied"); });
  on("markdown", async () => download(await (await fetchResult("markdown")).blob(), `${shown.job.filename}.md`));
  on("json", async () => download(await (await fetchResult("json")).blob(), `${shown.job.filename}.json`));
  on("close", async () => { location.hash = ""; });
  find("#more").addEventListener("click", showMore);
}
