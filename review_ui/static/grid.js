// Many crops at one look: arrows move, a key corrects, Space postpones, Enter confirms the rest.
// Without this file every crop has a select box and the form a button.

const form = document.querySelector("[data-grid]");
const cells = [...form.querySelectorAll("[data-cell]")];
const composing = (event) => event.isComposing || event.keyCode === 229 || event.key === "Process";
const selectOf = (cell) => cell.querySelector("select");
const buttonOf = (cell) => cell.querySelector("button");

// The select box becomes a button that carries crop and value, one stop of the Tab key for all.
function dress(cell, index) {
  const select = selectOf(cell);
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = index === 0 ? 0 : -1;
  const label = document.createElement("span");
  const picture = cell.querySelector("img");
  button.dataset.name = select.getAttribute("aria-label");
  picture.alt = "";
  select.hidden = true;
  button.append(picture, label);
  cell.append(button);
  tell(cell);
}

function tell(cell) {
  const select = selectOf(cell);
  const text = select.value === "" ? form.dataset.same : select.selectedOptions[0].textContent;
  const button = buttonOf(cell);
  button.querySelector("span").textContent = text;
  button.setAttribute("aria-label", select.value === "" ? button.dataset.name : `${button.dataset.name} → ${text}`);
  button.className = select.value === "" ? "" : select.value === "later" ? "later" : "corrected";
}

const columns = () => {
  const top = cells[0].offsetTop;
  const other = cells.findIndex((cell) => cell.offsetTop !== top);
  return other === -1 ? cells.length : other;
};

function move(from, by) {
  const to = cells[Math.min(Math.max(cells.indexOf(from) + by, 0), cells.length - 1)];
  cells.forEach((cell) => (buttonOf(cell).tabIndex = cell === to ? 0 : -1));
  buttonOf(to).focus();
  to.scrollIntoView({ block: "nearest" });
}

function give(cell, value) {
  selectOf(cell).value = value;
  tell(cell);
}

function enlarge(cell) {
  const dialog = document.querySelector('dialog[data-dialog="crop"]');
  dialog.querySelector("img").src = `${cell.querySelector("img").getAttribute("src")}?wide=1`;
  dialog.showModal();
}

const STEPS = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns(), ArrowDown: () => columns() };

function onKey(event) {
  const cell = event.target.closest("[data-cell]");
  if (!cell || composing(event) || event.altKey || event.ctrlKey || event.metaKey) return;
  const acts = {
    Enter: () => !event.repeat && form.requestSubmit(),
    Escape: () => give(cell, ""),
    F2: () => enlarge(cell),
  };
  const key = { Delete: "Del" }[event.key] ?? event.key;
  const option = [...selectOf(cell).options].find((one) => one.dataset.key === key);
  if (event.key in STEPS) move(cell, STEPS[event.key]());
  else if (event.key in acts) acts[event.key]();
  else if (option) give(cell, selectOf(cell).value === option.value ? "" : option.value);
  else return;
  event.preventDefault();
}

cells.forEach(dress);
form.addEventListener("keydown", onKey);
form.addEventListener("submit", () => (form.querySelector("button.main").disabled = true));
buttonOf(cells[0]).focus({ preventScroll: true });
