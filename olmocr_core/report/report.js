// Filters the table of documents. Without this script the table is whole and readable.
const bar = document.querySelector("#filter");
if (bar) {
  const rows = [...document.querySelectorAll("#documents tbody tr")].map((row) => ({
    row, status: row.dataset.s, text: row.textContent.toLowerCase(),
  }));
  const search = bar.querySelector("input");
  const shown = bar.querySelector("output");
  const buttons = [...bar.querySelectorAll("button")];
  let status = "";
  const apply = () => {
    const words = search.value.toLowerCase().split(" ").filter(Boolean);
    let count = 0;
    for (const one of rows) {
      const fits = (!status || one.status === status) && words.every((word) => one.text.includes(word));
      one.row.hidden = !fits;
      count += fits;
    }
    shown.textContent = `${count.toLocaleString("en")} shown`;
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      status = button.value;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      apply();
    });
  }
  search.addEventListener("input", apply);
  bar.hidden = false;
  apply();
}
