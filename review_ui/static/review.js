// The record page by keyboard. Everything here also works, more slowly, as plain forms without this file.
// No wording stands here: sentences come from the server or from templates in the page.

const TRIED_AGAIN_MS = 5000;
const HELD_AGAIN_MS = 4 * 60 * 1000;
const UNDO_FORMS = 20;
const STACK = "undo"; // session storage: ids and versions only, never a value

const page = document.querySelector("[data-record]");
const record = page.dataset.record;
const base = page.dataset.base; // where this page lives: a second person's entries go elsewhere
const pane = document.querySelector(".fields-pane");
const fields = [...document.querySelectorAll("li[data-field]")];
const banner = document.querySelector("[data-banner]");
const digitsOn = document.documentElement.dataset.digits !== "off";

// ── Small helpers

const composing = (event) => event.isComposing || event.keyCode === 229 || event.key === "Process";
const formOf = (li) => li.querySelector("form");
const current = () => document.querySelector("li.field.current");
const isMark = (element) => element?.matches?.('input[type="radio"], input[type="checkbox"]') ?? false;
const filled = (name, text) => {
  const piece = document.querySelector(`template[data-piece="${name}"]`).content.firstElementChild.cloneNode(true);
  for (const [slot, value] of Object.entries(text)) {
    const place = piece.querySelector(`[data-slot="${slot}"]`);
    if (place) place.textContent = value;
  }
  return piece;
};

function snapshot(form) {
  return new URLSearchParams([...new FormData(form)].filter(([name]) => !["csrf", "version", "shown"].includes(name))).toString();
}

const asRead = new Map(fields.map((li) => [li, snapshot(formOf(li))]));
const changed = (li) => snapshot(formOf(li)) !== asRead.get(li);

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    body,
    headers: { Accept: "application/json" },
    redirect: "error",
  });
  return { status: answer.status, data: answer.headers.get("content-type")?.includes("json") ? await answer.json() : {} };
}

// ── The page picture: the view box is the zoom

const svg = document.querySelector("svg[data-page]");
const whole = svg ? svg.viewBox.baseVal : null;
const full = whole ? { x: whole.x, y: whole.y, width: whole.width, height: whole.height } : null;

function show({ x, y, width, height }) {
  svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
  svg.classList.toggle("grab", width < full.width * 0.99);
}

function zoom(factor, at) {
  const box = svg.viewBox.baseVal;
  const size = Math.min(Math.max(box.width / factor, full.width / 12), full.width * 1.2);
  const ratio = size / box.width;
  const middle = at ?? { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  show({
    x: middle.x - (middle.x - box.x) * ratio,
    y: middle.y - (middle.y - box.y) * ratio,
    width: size,
    height: box.height * ratio,
  });
}

function pointIn(event) {
  const point = new DOMPoint(event.clientX, event.clientY);
  return point.matrixTransform(svg.getScreenCTM().inverse());
}

function showField(li) {
  const outline = svg?.querySelector(`polygon[data-field="${CSS.escape(li.dataset.field)}"]`);
  svg?.querySelectorAll(".current").forEach((other) => other.classList.remove("current"));
  if (!outline) return;
  outline.classList.add("current");
  outline.parentNode.append(outline); // drawn last, so on top
  if (turned) return show(full);
  const box = outline.getBBox();
  const width = Math.min(Math.max(box.width * 1.6, full.width / 2.6), full.width);
  const height = (width * svg.clientHeight) / Math.max(svg.clientWidth, 1);
  const within = (start, size, edge) => Math.min(Math.max(start, 0), Math.max(edge - size, 0));
  show({
    x: within(box.x + box.width / 2 - width / 2, width, full.width),
    y: within(box.y + box.height / 2 - height / 2, height, full.height),
    width,
    height,
  });
}

let turned = 0;

// For the eyes only: what is stored of the page stays as it is.
function turn() {
  turned = (turned + 90) % 360;
  const middle = `${full.width / 2} ${full.height / 2}`;
  svg.querySelector("[data-turned]").setAttribute("transform", `rotate(${turned} ${middle})`);
  show(full);
}

function watchPicture() {
  document.querySelector("[data-turn]").addEventListener("click", turn);
  document.querySelector("[data-zoom]")?.removeAttribute("hidden");
  document.querySelectorAll("[data-zoom-by]").forEach((button) => {
    button.addEventListener("click", () => zoom(Number(button.dataset.zoomBy)));
  });
  document.querySelectorAll("[data-zoom-to]").forEach((button) => {
    button.addEventListener("click", () => (button.dataset.zoomTo === "all" ? show(full) : showField(current() ?? fields[0])));
  });
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, pointIn(event));
  }, { passive: false });
  let held = null;
  svg.addEventListener("pointerdown", (event) => {
    held = pointIn(event);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!held) return;
    const here = pointIn(event);
    const box = svg.viewBox.baseVal;
    show({ x: box.x + held.x - here.x, y: box.y + held.y - here.y, width: box.width, height: box.height });
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (held = null));
}

// ── Walking from field to field

function mark(li) {
  fields.forEach((other) => other.classList.toggle("current", other === li));
  li.querySelector("details").open = true;
  if (svg) showField(li);
}

function controlOf(li) {
  const form = formOf(li);
  const radios = 'input[name="answer"]';
  return (
    form.querySelector(`${radios}:checked`) ??
    form.querySelector(radios) ??
    form.querySelector('input[name="picked"]') ??
    form.querySelector('[name="written"]')
  );
}

function go(li) {
  mark(li);
  const control = controlOf(li);
  control.focus({ preventScroll: true });
  if (control.name === "written") control.select();
  li.scrollIntoView({ block: "nearest" });
}

const needing = () => fields.filter((li) => li.hasAttribute("data-needs"));

function goNext(li) {
  const after = needing().find((other) => fields.indexOf(other) > fields.indexOf(li));
  const next = after ?? needing().find((other) => other !== li);
  if (next) go(next);
  else finish();
}

function goBack(li) {
  const before = fields.slice(0, fields.indexOf(li)).filter((other) => other.hasAttribute("data-walked"));
  if (before.length) go(before.at(-1));
}

function finish() {
  const done = document.querySelector("[data-done]");
  done.hidden = false;
  fields.forEach((li) => li.classList.remove("current"));
  done.querySelector("button").focus();
}

// ── Saving: one field at a time, in the order in which they were settled

const waiting = []; // saves that have not reached the server
let sending = false;
let nextTry; // when they are tried next
let leaving = false; // as soon as everything is saved
let sure = false; // even with fields still open

function tell(li, note) {
  li.querySelectorAll("[data-note]").forEach((old) => old.remove());
  if (note) formOf(li).before(note);
}

function keep(li) {
  const form = formOf(li);
  waiting.push({ li, body: new URLSearchParams(new FormData(form)), path: form.getAttribute("action") });
  li.setAttribute("data-walked", "");
  return drain();
}

async function drain() {
  if (sending) return;
  sending = true;
  while (waiting.length && (await sent(waiting[0]))) waiting.shift();
  sending = false;
  banner.hidden = waiting.length === 0;
  clearTimeout(nextTry);
  if (waiting.length) nextTry = setTimeout(drain, TRIED_AGAIN_MS);
  else if (leaving) leaveNow();
}

// What was refused while the last saves were on their way keeps the person here.
function leaveNow() {
  leaving = false;
  const refused = document.querySelector("[data-note]");
  if (needing().length && !sure && !refused) askToLeave();
  else if (!refused) document.querySelector("form[data-next]").requestSubmit();
}

async function sent(save) {
  save.body.set("version", formOf(save.li).elements.version.value);
  let answer;
  try {
    answer = await post(save.path, save.body);
  } catch {
    return false;
  }
  if (answer.status === 401 || answer.status === 403) await renew();
  if (answer.status >= 500 || answer.status === 401 || answer.status === 403) return false;
  settled(save, answer);
  return true;
}

// Somebody signed in again, perhaps in another tab: the forms of this page need the new session's token.
async function renew() {
  const answer = await fetch(base, { redirect: "manual", headers: { Accept: "text/html" } });
  banner.querySelector("a").hidden = answer.ok;
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-csrf]");
  page.dataset.csrf = fresh.dataset.csrf;
  document.querySelectorAll('input[name="csrf"]').forEach((input) => (input.value = page.dataset.csrf));
  waiting.forEach((save) => save.body.set("csrf", page.dataset.csrf));
}

function settled(save, { status, data }) {
  const { li, body } = save;
  if (status === 200 && data.check) return ask(li, data);
  if (status === 200) return saved(li, data);
  if (status === 409 && "version" in data) return stale(li, body, data);
  tell(li, filled("wrong", { text: data.wrong ?? "" }));
  reopen(li);
}

function reopen(li) {
  li.setAttribute("data-needs", "");
  go(li);
}

function saved(li, data) {
  tell(li, null);
  document.querySelector("[data-saved]").textContent = data.saved;
  document.querySelector("[data-left]").textContent = data.left;
  document.querySelector("[data-until]").textContent = data.until;
  data.fields.forEach(redraw);
  asRead.set(li, snapshot(formOf(li)));
  push("undo", { record, base, field: li.dataset.field, version: data.version });
  // A correction can make another field doubtful: sums and conditions are worked out again.
  const left = needing();
  if (left.length) document.querySelector("[data-done]").hidden = true;
  if (!current() && !dialog("leave").open) left.length ? go(left[0]) : finish();
}

function redraw({ id, status, version, now, needs, why }) {
  const li = document.getElementById(`f-${id}`);
  if (!li?.dataset.field) return; // between two entries of others
  // Settled here and on its way: the server does not know yet.
  if (waiting.slice(1).some((save) => save.li === li)) return;
  const walking = li.classList.contains("current");
  li.className = `field ${status}${walking ? " current" : ""}`;
  li.toggleAttribute("data-needs", needs);
  formOf(li).elements.version.value = version;
  li.querySelector("[data-now]").textContent = needs ? "" : now;
  li.querySelector(".chip").replaceWith(filled(`chip-${status}`, {}));
  li.querySelectorAll(".why[data-finding]").forEach((old) => old.remove());
  why.forEach((text) => li.querySelector("summary").after(filled("finding", { text })));
  const outline = svg?.querySelector(`polygon[data-field="${CSS.escape(id)}"]`);
  if (outline) outline.setAttribute("class", `mark ${status}${walking ? " current" : ""}`);
}

// What was typed is stored in another form: shown in its box, confirmed by the next Enter.
function ask(li, data) {
  formOf(li).elements.written.value = data.check;
  tell(li, filled("check", { text: data.message }));
  reopen(li);
}

function stale(li, body, data) {
  const note = filled("stale", { theirs: data.theirs, yours: data.yours, who: data.who });
  formOf(li).elements.version.value = data.version;
  tell(li, note);
  mark(li);
  li.setAttribute("data-needs", "");
  note.querySelector("[data-mine]").addEventListener("click", () => {
    tell(li, null);
    waiting.push({ li, body, path: formOf(li).getAttribute("action") });
    drain();
    goNext(li);
  });
  note.querySelector("[data-theirs]").addEventListener("click", () => location.assign(`${base}?at=${li.dataset.field}`));
  note.querySelector("button").focus();
}

function hasValue(li) {
  const form = formOf(li);
  const data = new FormData(form);
  if (form.querySelector('input[name="answer"]')) return data.has("answer");
  if (form.querySelector('input[name="picked"]')) return data.has("picked") || (data.get("state") ?? "valid") !== "valid";
  return Boolean(data.get("written")?.trim()) || (data.get("state") ?? "valid") !== "valid";
}

function confirm(li) {
  if (!hasValue(li)) {
    tell(li, filled("empty", {}));
    go(li);
    return;
  }
  tell(li, null);
  li.removeAttribute("data-needs");
  keep(li);
  goNext(li);
}

// ── Undo and redo over the last forms: the server knows the values, this browser only where they were

const stack = (name) => JSON.parse(sessionStorage.getItem(name) ?? "[]");

function push(name, entry) {
  const all = [...stack(name === "undo" ? STACK : name), entry];
  const recent = new Set(all.map((one) => one.record).reverse().slice(0, 1000));
  const kept = [...recent].slice(0, UNDO_FORMS);
  sessionStorage.setItem(name === "undo" ? STACK : name, JSON.stringify(all.filter((one) => kept.includes(one.record))));
}

async function again(from, to, action) {
  const all = stack(from);
  const entry = all.pop();
  if (!entry || waiting.length) return;
  const body = new URLSearchParams({ csrf: page.dataset.csrf, version: entry.version, action });
  const { status, data } = await post(`${entry.base}/fields/${entry.field}/${action}`, body);
  sessionStorage.setItem(from, JSON.stringify(all));
  if (status === 200) push(to, { ...entry, version: data.version });
  if (status === 200 || entry.record !== record) location.assign(`${entry.base}?at=${entry.field}`);
  else tell(document.getElementById(`f-${entry.field}`), filled("wrong", { text: data.wrong ?? "" }));
}

// ── Keys

function pick(li, key) {
  const choice = [...formOf(li).querySelectorAll("input[data-key]")].find((input) => input.dataset.key === key);
  if (!choice) return false;
  choice.checked = choice.type === "radio" ? true : !choice.checked;
  choice.focus({ preventScroll: true });
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function restore(li) {
  formOf(li).reset();
  tell(li, null);
  controlOf(li).focus();
}

const dialog = (name) => document.querySelector(`dialog[data-dialog="${name}"]`);

function enlarge(li) {
  const crop = li.querySelector("img.crop");
  if (!crop) return;
  const box = dialog("crop");
  const picture = box.querySelector("img");
  picture.addEventListener("load", () => {
    const around = picture.parentElement;
    around.scrollTo((picture.width - around.clientWidth) / 2, (picture.height - around.clientHeight) / 2);
  }, { once: true });
  picture.src = `${crop.getAttribute("src")}?wide=1`;
  picture.alt = crop.alt;
  box.showModal();
}

function leave(event) {
  event.preventDefault();
  sure = dialog("leave").open;
  if (needing().length && !sure) return askToLeave();
  leaving = true;
  drain();
}

function askToLeave() {
  const ask = dialog("leave");
  ask.querySelector('[data-slot="left"]').textContent = document.querySelector("[data-left]").textContent;
  ask.showModal();
}

const GLOBAL = {
  "c-Enter": leave,
  "c-z": () => again(STACK, "redo", "undo"),
  "c-s-z": () => again("redo", STACK, "redo"),
  "c-i": () => current()?.querySelector("a.refer")?.click(),
  F2: () => current() && enlarge(current()),
};

const IN_FIELD = {
  Enter: confirm,
  "s-Enter": goBack,
  Escape: restore,
};

const nameOf = (event) =>
  `${event.ctrlKey || event.metaKey ? "c-" : ""}${event.shiftKey && event.key.length > 1 || (event.ctrlKey && event.shiftKey) ? "s-" : ""}` +
  (event.key.length === 1 ? event.key.toLowerCase() : event.key);

function onKey(event) {
  if (composing(event) || event.altKey) return;
  const name = nameOf(event);
  if (name in GLOBAL && !(name === "c-z" && typing(event.target))) {
    event.preventDefault();
    GLOBAL[name](event);
    return;
  }
  const li = event.target.closest?.("li[data-field]");
  if (li && !event.target.closest("[data-note], summary, a") && !event.repeat) inField(event, li, name);
}

const typing = (element) => element.matches?.('[name="written"]') && element.value !== element.defaultValue;

function inField(event, li, name) {
  const onButton = event.target.closest("button");
  if (name in IN_FIELD && !(onButton && name === "Enter")) {
    event.preventDefault();
    IN_FIELD[name](li);
    return;
  }
  const key = { Delete: "Del" }[event.key] ?? event.key;
  if (digitsOn && isMark(event.target) && !event.ctrlKey && pick(li, key)) event.preventDefault();
}

// ── What the mouse and the text box do

function onSubmit(event) {
  const form = event.target.closest("li[data-field] form");
  if (!form || form.querySelector("fieldset").disabled) return;
  event.preventDefault();
  const li = form.closest("li");
  const take = event.submitter?.name === "take" ? event.submitter.value : null;
  if (take !== null) {
    form.elements.written.value = take;
    form.elements.written.dispatchEvent(new Event("input", { bubbles: true }));
  }
  confirm(li);
}

function onInput(event) {
  const form = event.target.closest("li[data-field] form");
  if (!form) return;
  const valid = form.querySelector('input[name="state"][value="valid"]');
  if (event.target.name === "written" && valid) valid.checked = Boolean(event.target.value.trim()) || valid.checked;
  if (event.target.name === "picked" && valid) valid.checked = form.querySelector('input[name="picked"]:checked') !== null;
  if (event.target.name === "state" && event.target.value !== "valid") empty(form);
}

function empty(form) {
  form.querySelectorAll('input[name="picked"]').forEach((box) => (box.checked = false));
  if (form.elements.written) form.elements.written.value = "";
}

// A value that was changed and left behind is saved too; nothing a person typed is lost.
function onLeave(event) {
  const li = event.target.closest("li[data-field]");
  if (!li || li.contains(event.relatedTarget) || !document.hasFocus()) return;
  if (event.relatedTarget && changed(li) && hasValue(li) && !waiting.some((save) => save.li === li) && !li.querySelector("[data-note]")) {
    li.removeAttribute("data-needs");
    keep(li);
  }
}

function onEnterField(event) {
  const li = event.target.closest("li[data-field]");
  if (li && !li.classList.contains("current") && !event.target.closest("summary")) mark(li);
}

// Only while somebody works: an abandoned page lets go of the form, and its session ends.
let active = false;

async function holdOn() {
  if (!active) return;
  active = false;
  const { data } = await post(`/records/${record}/hold`, new URLSearchParams({ csrf: page.dataset.csrf })).catch(() => ({ data: {} }));
  if (data.until) document.querySelector("[data-until]").textContent = data.until;
}

function start() {
  if (svg) watchPicture();
  document.addEventListener("keydown", onKey);
  pane.addEventListener("submit", onSubmit);
  pane.addEventListener("input", onInput);
  pane.addEventListener("change", onInput);
  pane.addEventListener("focusin", onEnterField);
  pane.addEventListener("focusout", onLeave);
  document.querySelectorAll("[data-open]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => dialog(button.dataset.open).showModal());
  });
  document.querySelector("[data-leave]").addEventListener("click", leave);
  window.addEventListener("online", drain);
  window.addEventListener("focus", drain); // back from signing in again elsewhere
  window.addEventListener("beforeunload", (event) => waiting.length && event.preventDefault());
  for (const sign of ["keydown", "pointerdown", "wheel"]) {
    document.addEventListener(sign, () => (active = true), { capture: true, passive: true });
  }
  setInterval(holdOn, HELD_AGAIN_MS);
  fields.filter((li) => li.hasAttribute("data-needs")).forEach((li) => li.setAttribute("data-walked", ""));
  const first = current();
  if (first) go(first);
}

start();
