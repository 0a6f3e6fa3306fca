// Small things that every part of the page uses.
export const find = (selector, root = document) => root.querySelector(selector);

export const clone = (id) => find(`#${id}`).content.firstElementChild.cloneNode(true);

// Everything that came from a file, a model or a server is shown as text.
export function paragraph(text, kind) {
  const made = document.createElement("p");
  made.className = kind ? `alert ${kind}` : "";
  made.textContent = text;
  return made;
}

export const pages = (count) => `${count.toLocaleString("en")} ${count === 1 ? "page" : "pages"}`;

// What a screen reader says, in its own time.
export function say(text) {
  find("#say").textContent = text;
}

export function complain(text) {
  const note = paragraph(text, "failed");
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Dismiss";
  close.addEventListener("click", () => note.remove());
  note.append(" ", close);
  find("#alerts").append(note);
}

export function sleep(seconds, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, 1000 * seconds);
    signal?.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
  });
}

export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // A page that came over plain HTTP from another machine has no clipboard but this.
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) throw new Error("this browser does not let the page copy; download the text instead");
}

export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
