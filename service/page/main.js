// Where the page starts: files that are chosen or dropped, the address, the key.
import { askForKey } from "./connection.js";
import { add, clear, isId, learnLimits, onChange, restore } from "./documents.js";
import { close, hear, open, wire } from "./reader.js";
import { complain, find } from "./tools.js";

const chosen = find("#files");
chosen.addEventListener("change", () => {
  add(chosen.files);
  chosen.value = "";
});

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  find("#drop").classList.add("over");
});
for (const end of ["drop", "dragleave"]) addEventListener(end, () => find("#drop").classList.remove("over"));
addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  add(event.dataTransfer.files);
});

function showAddressed() {
  const id = location.hash.slice(1);
  if (isId(id)) return open(id);
  const wasOpen = !find("#document").hidden;
  close();
  if (wasOpen) find("#recent-title").focus();
}

async function start() {
  try {
    await learnLimits();
    restore();
    await showAddressed();
  } catch (error) {
    complain(error.message);
  }
}

find("#clear").addEventListener("click", clear);
find("#change-key").addEventListener("click", () => askForKey().then(start, () => {}));
addEventListener("hashchange", showAddressed);
onChange(hear);
wire();
start();
