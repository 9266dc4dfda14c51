// The form editor, the list of forms, and a scan seen through a form.
// No wording stands here: sentences come from the server or from the page. Lengths are millimetres of the paper.

const NS = "http://www.w3.org/2000/svg";
const STEP_MM = 0.5;
const FAST_MM = 5;
const CLICK_MM = 1; // a press that moves less is a click
const SURE = 0.8; // proposals below are to be looked at again
const LEGIBLE = 3; // pixels of the screen for a millimetre: at least, where a field is looked at
const KNOB_SHARE = 0.4; // of a box's short edge: knobs never hide what they are on
const AGAIN_MS = 4000;
const TRY_AFTER_MS = 700;
const SIZES = { "choice-check": [5, 5], "choice-circle": [10, 9], score: [10, 9], digits: [21, 9], date: [60, 9], text: [80, 10], presence: [15, 15], code: [22, 22] };

// ── Uploads, on all three pages

async function upload(path, file, csrf, query = {}) {
  const answer = await fetch(`${path}?${new URLSearchParams(query)}`, {
    method: "POST",
    body: file,
    headers: { "Content-Type": "application/octet-stream", "X-Yomitori-Token": csrf, Accept: "application/json" },
    redirect: "error",
  });
  const json = answer.headers.get("content-type")?.includes("json");
  return { status: answer.status, data: json ? await answer.json() : {} };
}

const blankForm = document.querySelector("form[data-blank]");
blankForm?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const say = blankForm.querySelector("[data-say]");
  const button = blankForm.querySelector("button");
  say.textContent = say.dataset.busy;
  button.disabled = true;
  const query = { form_id: blankForm.elements.form_id.value };
  const { data } = await upload(blankForm.getAttribute("action"), blankForm.elements.blank.files[0], blankForm.dataset.csrf, query).catch(() => ({ data: {} }));
  button.disabled = false;
  say.textContent = data.wrong ?? "";
  if (data.to) location.assign(data.to);
});

const lookForm = document.querySelector("form[data-look]");
lookForm?.elements.scan.addEventListener("change", async () => {
  const say = lookForm.querySelector("[data-say]");
  const shown = document.querySelector("[data-pictures]");
  const file = lookForm.elements.scan.files[0];
  shown.replaceChildren();
  for (let number = 1, pages = file ? 1 : 0; number <= pages; number += 1) {
    say.textContent = `${say.dataset.busy} ${number} / ${pages}`;
    const { data } = await upload(lookForm.getAttribute("action"), file, lookForm.dataset.csrf, { name: file.name, number });
    pages = data.pages ?? 0;
    if (data.drawn) shown.append(Object.assign(new Image(), { src: data.drawn, alt: `${shown.dataset.alt} ${number}` }));
    say.textContent = data.wrong ?? (data.why ? `${shown.dataset.none}: ${data.why}` : data.seen.map(({ side, residual }) => `${side} ${residual.toFixed(2)} mm`).join(" "));
  }
});

// ── The editor

const root = document.querySelector("[data-editor]");
if (root) edit();

function edit() {
  const base = root.dataset.editor;
  const said = JSON.parse(root.dataset.words);
  const $ = (query) => root.querySelector(query);
  const $$ = (query) => [...root.querySelectorAll(query)];
  const svg = $("[data-canvas]");
  const props = $("form[data-props]");
  const whole = $("form[data-whole]");
  const start = JSON.parse(root.dataset.content);
  const shapes = start.shapes;
  const KEPT = `yomitori-draft-${base.split("/").at(-1)}`;
  const state = { ...start, shapes: undefined };
  normalise(state.form);
  let side = 0; // shown
  let field = -1; // chosen, of the side
  let handle = 0; // of the field
  let tool = "select";
  const views = []; // part of the paper that is shown, by side
  const waiting = []; // steps that have not reached the server
  let sending = false;
  let scans = []; // pages of filled scans, in this browser only
  let scan = -1;
  let tried = null; // what was read on it

  const sides = () => state.form.sides;
  const fields = () => sides()[side].fields;
  const chosen = () => fields()[field];

  // ── Boxes of a field: what can be moved

  function normalise(form) {
    for (const one of form.sides) {
      one.fields ??= [];
      for (const entry of one.fields) for (const part of ["year", "month", "day"]) entry[part] && (entry[part] = cellsOf(entry[part]));
    }
  }

  function cellsOf(raw) {
    if (!Array.isArray(raw)) return raw;
    return Array.isArray(raw[0]) ? { box: around(raw), cells: raw } : { box: raw };
  }

  function handles(entry) {
    const found = [];
    (entry.options ?? []).forEach((option) => found.push(plain(option, "box", option)));
    Object.keys(entry.era_boxes ?? {}).forEach((era) => found.push(plain(entry.era_boxes, era)));
    for (const part of ["year", "month", "day"]) if (entry[part]) found.push(ruled(entry[part]));
    if (entry.box || Array.isArray(entry.cells)) found.push(ruled(entry));
    return found;
  }

  const plain = (owner, key, option) => ({ option, cells: () => [owner[key]], get: () => owner[key], set: (box) => (owner[key] = box) });

  function ruled(owner) {
    const get = () => owner.box ?? around(owner.cells);
    return {
      get,
      cells: () => (Array.isArray(owner.cells) ? owner.cells : divided(get(), owner.cells)),
      set(box) {
        const before = get();
        if (Array.isArray(owner.cells)) owner.cells = owner.cells.map((cell) => carried(cell, before, box));
        if (owner.box) owner.box = box;
      },
    };
  }

  function around(boxes) {
    const left = Math.min(...boxes.map((b) => b[0]));
    const top = Math.min(...boxes.map((b) => b[1]));
    return [left, top, Math.max(...boxes.map((b) => b[0] + b[2])) - left, Math.max(...boxes.map((b) => b[1] + b[3])) - top];
  }

  const divided = ([x, y, w, h], n) => Array.from({ length: Math.max(n ?? 1, 1) }, (_, i, share = w / Math.max(n ?? 1, 1)) => [x + i * share, y, share, h]);
  const carried = (cell, a, b) => [0, 1].map((i) => b[i] + ((cell[i] - a[i]) * b[i + 2]) / a[i + 2]).concat([0, 1].map((i) => (cell[i + 2] * b[i + 2]) / a[i + 2])).map(round);
  const round = (n) => Math.round(n * 100) / 100;

  function within(box) {
    const { width, height } = sides()[side].paper;
    const [w, h] = [Math.min(Math.max(box[2], 1), width), Math.min(Math.max(box[3], 1), height)];
    return [Math.min(Math.max(box[0], 0), width - w), Math.min(Math.max(box[1], 0), height - h), w, h].map(round);
  }

  // ── Saving: every change is a step; one after the other, and none is lost while the server is away

  function commit() {
    const id = chosen()?.id;
    if (id !== undefined) delete state.certainty[id]; // somebody has looked at it
    const content = JSON.stringify({ form: state.form, certainty: state.certainty });
    waiting.push(content);
    remember();
    show();
    drain();
  }

  function remember() {
    if (waiting.length) localStorage.setItem(KEPT, JSON.stringify({ after: state.step, content: waiting.at(-1) }));
    else localStorage.removeItem(KEPT);
  }

  async function send(path, fields_) {
    const body = new URLSearchParams({ csrf: root.dataset.csrf, ...fields_ });
    const answer = await fetch(base + path, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
    const json = answer.headers.get("content-type")?.includes("json");
    return { status: answer.status, data: json ? await answer.json() : {} };
  }

  let draining = Promise.resolve();
  const drain = () => (sending ? draining : (draining = drained()));

  async function drained() {
    sending = true;
    let reached = true;
    while (reached && waiting.length) reached = await kept(waiting[0]);
    sending = false;
    $('[data-banner="not-kept"]').hidden = waiting.length === 0 || movedOn();
    if (waiting.length && !movedOn()) setTimeout(drain, AGAIN_MS);
    else tryAgain();
  }

  const movedOn = () => !$('[data-banner="moved-on"]').hidden;

  async function kept(content) {
    const { status, data } = await send("/steps", { after: state.step, content }).catch(() => ({ status: 0 }));
    if (status === 409) $('[data-banner="moved-on"]').hidden = false;
    if (status === 401 || status === 403) await renew();
    if (status !== 200) return false;
    waiting.shift();
    Object.assign(state, { step: data.step, last: data.step });
    remember();
    $("[data-kept]").textContent = said.KEPT;
    showSteps();
    return true;
  }

  // Somebody signed in again: this page needs the new session's token.
  async function renew() {
    const answer = await fetch(base, { redirect: "manual", headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-editor]");
    root.dataset.csrf = fresh.dataset.csrf;
  }

  // One after the other, once all is kept: the next press counts from where the one before it led.
  let going = Promise.resolve();
  const go = (by) => (going = going.then(drain).then(() => goTo(state.step + by)).catch(() => {}));

  async function goTo(step) {
    if (waiting.length || step < state.first || step > state.last) return;
    const { status, data } = await send("/at", { after: state.step, to: step });
    if (status === 409) $('[data-banner="moved-on"]').hidden = false;
    if (status !== 200) return;
    Object.assign(state, { ...data, shapes: undefined });
    normalise(state.form);
    side = Math.min(side, sides().length - 1);
    field = Math.min(field, fields().length - 1);
    show();
    tryAgain();
  }

  function offerLeftBehind() {
    const left = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    if (!left) return;
    const note = $('[data-banner="left-behind"]');
    note.hidden = false;
    $("[data-take]").addEventListener("click", () => {
      note.hidden = true;
      Object.assign(state, JSON.parse(left.content));
      commit();
    });
    $("[data-leave]").addEventListener("click", () => {
      note.hidden = true;
      localStorage.removeItem(KEPT);
    });
  }

  // ── Drawing

  function node(name, attributes, ...children) {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  const rectangle = ([x, y, w, h], more) => node("rect", { x, y, width: w, height: h, ...more });
  const words = (x, y, text, more = {}) => node("text", { x, y, ...more }, text);

  function show() {
    handle = Math.min(handle, Math.max(handles(chosen() ?? {}).length - 1, 0));
    showPaper();
    showBoxes();
    showList();
    showProps();
    showWhole();
    showSteps();
  }

  function showSteps() {
    $("[data-undo]").disabled = state.step <= state.first;
    $("[data-redo]").disabled = state.step >= state.last;
    $$("[data-title]").forEach((one) => (one.textContent = state.form.title ?? ""));
    $("[data-form-id]").textContent = state.form.id ?? "";
  }

  function showPaper() {
    const { width, height } = sides()[side].paper;
    const seen = onThisSide();
    const blank = `${base}/sides/${side}.jpg${root.hasAttribute("data-printed") ? `?step=${state.step}` : ""}`;
    const paper = $("[data-paper]");
    const href = seen?.jpeg ?? blank;
    if (paper.getAttribute("href") !== href) paper.setAttribute("href", href);
    for (const [key, value] of Object.entries({ x: 0, y: 0, width, height, preserveAspectRatio: "none" })) paper.setAttribute(key, value);
    views[side] ??= wide();
    svg.setAttribute("viewBox", views[side].join(" "));
    svg.classList.toggle("pen", tool !== "select");
    $("[data-hint]").textContent = tool !== "select" ? said.HINT_PEN : scan < 0 ? said.HINT_SELECT : "";
    $$("[data-tool]").forEach((button) => button.setAttribute("aria-pressed", button.dataset.tool === tool));
  }

  // The paper as wide as the window, from its top: print can be read, and the wheel brings up the rest.
  function wide() {
    const { width, height } = sides()[side].paper;
    return [0, 0, width, Math.min((width * svg.clientHeight) / Math.max(svg.clientWidth, 1) || height, height)];
  }

  const onThisSide = () => tried?.seen?.find((one) => one.side === sides()[side].id);

  function showBoxes() {
    const readings = onThisSide()?.readings ?? {};
    $("[data-boxes]").replaceChildren(...fields().map((entry, n) => drawn(entry, n, readings[entry.id])));
    const box = handles(chosen() ?? {})[handle]?.get();
    const size = box && Math.min(unit(10), KNOB_SHARE * Math.min(box[2], box[3]));
    $("[data-knobs]").replaceChildren(...(box ? corners(box).map((corner, n) => knob(corner, n, size)) : []));
  }

  const corners = ([x, y, w, h]) => [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
  const knob = ([x, y], n, size) => rectangle([x - size / 2, y - size / 2, size, size], { class: "knob", "data-knob": n });
  const unit = (px) => px / (svg.getScreenCTM()?.a || 1); // mm that so many pixels of the screen show

  function drawn(entry, n, reading) {
    const doubt = (state.certainty[entry.id] ?? 1) < SURE;
    const group = node("g", { class: `box${n === field ? " current" : ""}${doubt ? " doubtful" : ""}`, "data-field": n });
    handles(entry).forEach((one, m) => {
      const current = n === field && m === handle ? "handle-current" : "";
      group.append(rectangle(one.get(), { "data-handle": m, class: current }));
      one.cells().slice(1).forEach(([x, y, , h]) => group.append(node("line", { x1: x, y1: y, x2: x, y2: y + h })));
    });
    const boxes = handles(entry).map((one) => one.get());
    if (boxes.length) {
      const [x, y, w] = around(boxes);
      group.append(words(x, y - 0.7, entry.label || entry.id, { "font-size": n === field ? unit(14) : Math.min(2.6, unit(14)) }));
      if (reading) group.append(words(x + w + 1, y + 3.4, reading.words, { class: `read${reading.sure ? " sure" : ""}`, "font-size": Math.max(3, unit(12)) }));
    }
    return group;
  }

  function showList() {
    const only = $("[data-doubtful]").checked;
    const readings = onThisSide()?.readings ?? {};
    const focused = document.activeElement?.closest?.("[data-list] button")?.dataset.field;
    const rows = fields().flatMap((entry, n) => {
      const certainty = state.certainty[entry.id];
      return only && (certainty ?? 1) >= SURE ? [] : [row(entry, n, certainty, readings[entry.id])];
    });
    $("[data-list]").replaceChildren(...rows);
    if (focused !== undefined) $(`[data-list] button[data-field="${focused}"]`)?.focus();
    $$("[data-sides] button").forEach((button, n) => button.setAttribute("aria-pressed", n === side));
    $('[data-list] [aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  }

  function row(entry, n, certainty, reading) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.field = n;
    button.setAttribute("aria-current", n === field);
    const about = [said.KINDS[entry.kind] ?? entry.kind];
    if (certainty !== undefined && certainty < SURE) about.push(`${said.CERTAINTY} ${certainty.toFixed(2)}`);
    const small = Object.assign(document.createElement("small"), { textContent: about.join(" · ") });
    button.append(entry.label || entry.id, small);
    if (reading) button.append(Object.assign(document.createElement("b"), { textContent: reading.words, className: reading.sure ? "sure" : "" }));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  function choose(n, m = 0, look = true) {
    field = n;
    handle = m;
    show();
    const boxes = handles(chosen() ?? {}).map((one) => one.get());
    if (look && boxes.length) bringIntoView(around(boxes));
  }

  // Moves the paper where the box is not in sight, and enlarges it where its print could not be read.
  function bringIntoView([x, y, w, h]) {
    const view = views[side];
    const grow = Math.max(1, Math.min(LEGIBLE * unit(1), view[2] / (w * 1.2), view[3] / (h * 1.2)));
    const fits = x >= view[0] && y >= view[1] && x + w <= view[0] + view[2] && y + h <= view[1] + view[3];
    if (fits && grow === 1) return;
    const [width, height] = [view[2] / grow, view[3] / grow];
    zoomTo(width, height, onPaper(x + w / 2 - width / 2, width, "width"), onPaper(y + h / 2 - height / 2, height, "height"));
  }

  // Where a view of that length may begin, so that it shows paper and no desk.
  const onPaper = (start, length, edge) => Math.min(Math.max(start, 0), Math.max(sides()[side].paper[edge] - length, 0));

  function zoomTo(w, h, x, y) {
    views[side] = [x, y, w, h];
    showPaper();
    showBoxes();
  }

  function zoom(factor, at) {
    const { width, height } = sides()[side].paper;
    if (!factor) return zoomTo(width, height, 0, 0);
    const [x, y, w, h] = views[side];
    const size = Math.min(Math.max(w / factor, width / 20), width * 1.2);
    const ratio = size / w;
    const [mx, my] = at ?? [x + w / 2, y + h / 2];
    zoomTo(size, h * ratio, mx - (mx - x) * ratio, my - (my - y) * ratio);
  }

  // ── What a field says

  const number = (text) => (text === "" || Number.isNaN(Number(text)) ? undefined : Number(text));
  const list = (text) => text.split(/[\s,、]+/).filter(Boolean);
  const put = (owner, key, value) => (value === undefined || value === "" || value === false ? delete owner[key] : (owner[key] = value));
  const inNumber = (key) => [(f) => f.number?.[key] ?? "", (f, text) => putNumber(f, key, text)];

  function putNumber(entry, key, text) {
    const value = key === "unit" ? text : number(text);
    entry.number = { ...entry.number };
    put(entry.number, key, value);
    if (!Object.keys(entry.number).length) delete entry.number;
  }

  const PROPS = {
    label: [(f) => f.label ?? "", (f, v) => put(f, "label", v)],
    kind: [(f) => f.kind, retype],
    mark: [(f) => f.mark ?? (f.kind === "score" ? "circle" : "check"), (f, v) => put(f, "mark", v)],
    multiple: [(f) => f.multiple ?? false, (f, v) => put(f, "multiple", v)],
    values: [(f) => (f.values ?? []).join(" "), (f, v) => put(f, "values", list(v).map(Number).filter(Number.isInteger))],
    cells: [(f) => (Array.isArray(f.cells) ? f.cells.length : f.cells ?? 0), setCells],
    pattern: [(f) => f.pattern ?? "", (f, v) => put(f, "pattern", v)],
    min: inNumber("min"),
    max: inNumber("max"),
    decimals: inNumber("decimals"),
    unit: inNumber("unit"),
    eras: [(f) => (f.eras ?? []).join(" "), (f, v) => put(f, "eras", list(v))],
    script: [(f) => f.script ?? "handwritten", (f, v) => put(f, "script", v)],
    lines: [(f) => f.lines ?? "", (f, v) => put(f, "lines", number(v))],
    list: [(f) => f.list ?? "", (f, v) => put(f, "list", v)],
    role: [(f) => f.role ?? "", (f, v) => put(f, "role", v)],
    required: [(f) => f.required ?? false, (f, v) => put(f, "required", v)],
    personal: [(f) => f.personal ?? false, (f, v) => put(f, "personal", v)],
    "only-field": [(f) => f.only_if?.field ?? "", (f, v) => setOnlyIf(f, { field: v })],
    "only-how": [(f) => Object.keys(f.only_if ?? {}).find((key) => key !== "field") ?? "is", (f, v) => setOnlyIf(f, { how: v })],
    "only-value": [(f) => String(Object.entries(f.only_if ?? {}).find(([key]) => key !== "field")?.[1] ?? ""), (f, v) => setOnlyIf(f, { value: v })],
    "other-option": [(f) => String(f.other?.option ?? ""), (f, v) => setOther(f, { option: v })],
    "other-field": [(f) => f.other?.field ?? "", (f, v) => setOther(f, { field: v })],
    id: [(f) => f.id, rename],
  };

  function setCells(entry, text) {
    const n = number(text) ?? 0;
    entry.box ??= around(entry.cells);
    put(entry, "cells", n > 0 ? Math.round(n) : undefined);
  }

  // A condition is kept as soon as it names a field; its value is one of that field's where it can be.
  function setOnlyIf(entry, change) {
    const now = { field: PROPS["only-field"][0](entry), how: PROPS["only-how"][0](entry), value: PROPS["only-value"][0](entry), ...change };
    const target = every().find((one) => one.id === now.field);
    put(entry, "only_if", now.field ? { field: now.field, [now.how]: asOf(target, now.value, now.how) } : undefined);
  }

  function setOther(entry, change) {
    const now = { option: entry.other?.option ?? "", field: entry.other?.field ?? "", ...change };
    const known = entry.options.find((option) => String(option.value) === String(now.option));
    put(entry, "other", now.field || now.option ? { option: known?.value ?? now.option, field: now.field } : undefined);
  }

  function asOf(target, text, how) {
    const option = target?.options?.find((one) => String(one.value) === text);
    if (option) return option.value;
    if (how.startsWith("at_") || ["score", "digits"].includes(target?.kind)) return number(text) ?? text;
    return text === "true" || text === "false" ? text === "true" : text;
  }

  const every = () => sides().flatMap((one) => one.fields);

  function retype(entry, kind) {
    const boxes = handles(entry).map((one) => one.get());
    const keptKeys = ["id", "label", "required", "personal", "role", "only_if", "print"];
    const marked = ["choice", "score"].includes(kind);
    const options = entry.options ?? boxes.map((box, n) => ({ value: kind === "score" ? n + 1 : `${said.OPTION_NEW}${n + 1}`, label: String(n + 1), box }));
    for (const key of Object.keys(entry)) if (!keptKeys.includes(key)) delete entry[key];
    Object.assign(entry, { kind }, marked ? { mark: kind === "score" ? "circle" : "check", options } : { box: around(boxes) });
    if (kind === "date") entry.eras = [said.ERA];
    if (kind === "score") options.forEach((option, n) => Number.isInteger(option.value) || (option.value = n + 1));
  }

  // Whatever names the field goes on naming it.
  function rename(entry, id) {
    const before = entry.id;
    const again = (name) => (name === before ? id : name);
    entry.id = id;
    for (const one of every()) for (const key of ["only_if", "other"]) if (one[key]) one[key].field = again(one[key].field);
    for (const rule of [...(state.form.derived ?? []), ...(state.form.checks ?? [])]) {
      for (const key of ["sum", "equal", "order"]) if (rule[key]) rule[key] = rule[key].map(again);
      for (const key of ["all", "any"]) rule[key]?.forEach((condition) => (condition.field = again(condition.field)));
    }
    if (before in state.certainty) state.certainty[id] = state.certainty[before];
    delete state.certainty[before];
  }

  function showProps() {
    const entry = chosen();
    props.hidden = !entry;
    $("[data-nothing]").hidden = Boolean(entry);
    if (!entry) return;
    fillNames(props.elements["only-field"], every().filter((one) => one !== entry));
    fillNames(props.elements["other-field"], every().filter((one) => one.kind === "text"));
    for (const [name, [get]] of Object.entries(PROPS)) {
      const input = props.elements[name];
      if (name === "role") known(input, get(entry));
      if (input.type === "checkbox") input.checked = get(entry);
      else input.value = get(entry);
    }
    const about = [entry.kind, entry.kind === "score" && !entry.options ? "written" : "", entry.kind === "date" && entry.box ? "whole" : ""];
    props.querySelectorAll("[data-for]").forEach((row_) => (row_.hidden = !row_.dataset.for.split(" ").some((kind) => about.includes(kind))));
    $("[data-options-of]").hidden = !entry.options;
    showOptions(entry);
    const box = handles(entry)[handle]?.get() ?? [0, 0, 1, 1];
    box.forEach((value, n) => (props.elements[`box-${n}`].value = round(value)));
  }

  function fillNames(select, those) {
    const first = select.options[0];
    select.replaceChildren(first, ...those.map((one) => new Option(one.label ? `${one.label} (${one.id})` : one.id, one.id)));
  }

  // A role that this program does not know stays what it is.
  function known(select, value) {
    if (![...select.options].some((option) => option.value === value)) select.append(new Option(value, value));
  }

  const piece = (name) => root.querySelector(`template[data-piece="${name}"]`).content.firstElementChild.cloneNode(true);

  function showOptions(entry) {
    const rows = (entry.options ?? []).map((option, n) => {
      const made = piece("option");
      const [value, text] = made.querySelectorAll("input");
      value.value = String(option.value);
      text.value = option.label ?? "";
      value.addEventListener("change", () => {
        option.value = valueOf(entry, option.value, value.value);
        commit();
      });
      text.addEventListener("change", () => {
        option.label = text.value;
        commit();
      });
      made.querySelector("[data-drop]").addEventListener("click", () => dropHandle(n));
      made.addEventListener("focusin", () => {
        if (handle === n) return;
        handle = n;
        showBoxes();
      });
      return made;
    });
    const focused = document.activeElement;
    if ($("[data-options]").contains(focused)) {
      const at = $$("[data-options] input, [data-options] button").indexOf(focused);
      $("[data-options]").replaceChildren(...rows);
      $$("[data-options] input, [data-options] button")[at]?.focus();
    } else $("[data-options]").replaceChildren(...rows);
  }

  function valueOf(entry, before, text) {
    if (entry.kind === "score" || typeof before === "number") return Number.isInteger(number(text)) ? number(text) : text;
    if (typeof before === "boolean" && ["true", "false"].includes(text)) return text === "true";
    return text;
  }

  // ── Adding and removing

  function freshId() {
    const taken = new Set(every().map((one) => one.id));
    let n = taken.size + 1;
    while (taken.has(`q${n}`)) n += 1;
    return `q${n}`;
  }

  function add(what, box) {
    const [kind, mark] = what.split("-");
    const entry = { id: freshId(), label: "", kind };
    if (kind === "choice") Object.assign(entry, { mark, options: [{ value: `${said.OPTION_NEW}1`, label: `${said.OPTION_NEW}1`, box }] });
    else if (kind === "score") Object.assign(entry, { mark: "circle", options: [{ value: 1, label: "1", box }] });
    else Object.assign(entry, { box }, kind === "date" ? { eras: [said.ERA] } : {});
    insert(entry);
  }

  // In paper order: panels from the left, each from the top, a row from the left.
  function insert(entry) {
    const place = order(entry);
    const before = fields().findIndex((other) => order(other).reduce((sooner, value, n) => sooner || value - place[n], 0) > 0);
    const at = before < 0 ? fields().length : before;
    fields().splice(at, 0, entry);
    choose(at, 0, false);
    commit();
  }

  function order(entry) {
    const [x, y, w] = around(handles(entry).map((one) => one.get()));
    const panel = sides()[side].panels.findIndex(({ box }) => x + w / 2 < box[0] + box[2]);
    return [panel, Math.round(y / 4), x];
  }

  function addOption(box) {
    const entry = chosen();
    if (!entry?.options) return;
    const n = entry.options.length;
    const last = entry.options[n - 1].box;
    const gap = n > 1 ? last.map((value, i) => value - entry.options[n - 2].box[i]) : [last[2] + Math.max(4, last[2] * 0.4), 0];
    const value = entry.kind === "score" ? Math.max(...entry.options.map((one) => Number(one.value) || 0)) + 1 : `${said.OPTION_NEW}${n + 1}`;
    entry.options.push({ value, label: String(value), box: within(box ?? [last[0] + gap[0], last[1] + gap[1], last[2], last[3]]) });
    handle = n;
    commit();
  }

  function copy() {
    const entry = chosen();
    if (!entry) return;
    if (entry.options && handles(entry)[handle]?.option) return addOption();
    const twin = structuredClone(entry);
    twin.id = freshId();
    const down = around(handles(entry).map((one) => one.get()))[3] + 4;
    handles(twin).forEach((one) => one.set(within(moved(one.get(), 0, down))));
    insert(twin);
  }

  function dropHandle(n) {
    const entry = chosen();
    const eras = Object.keys(entry.era_boxes ?? {});
    if (entry.options && entry.options.length > 1 && n < entry.options.length) entry.options.splice(n, 1);
    else if (n < eras.length) delete entry.era_boxes[eras[n]];
    else return dropField();
    handle = Math.max(n - 1, 0);
    commit();
  }

  function dropField() {
    const [gone] = fields().splice(field, 1);
    delete state.certainty[gone.id];
    field = Math.min(field, fields().length - 1);
    handle = 0;
    commit();
  }

  function split() {
    const entry = chosen();
    const [x, y, w, h] = entry.box;
    delete entry.box;
    delete entry.cells;
    ["year", "month", "day"].forEach((part, n) => (entry[part] = { box: [x + (n * w) / 3, y, (w / 3) * 0.8, h].map(round) }));
    commit();
  }

  // ── Mouse

  const moved = ([x, y, w, h], dx, dy) => [round(x + dx), round(y + dy), w, h];
  const pointIn = (event) => {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [x, y];
  };
  let held = null;

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = pointIn(event);
    svg.setPointerCapture(event.pointerId);
    const knobAt = event.target.dataset?.knob;
    const group = event.target.closest?.("[data-field]");
    if (knobAt !== undefined) held = { at, knob: Number(knobAt), before: handles(chosen())[handle].get() };
    else if (tool !== "select") held = { at, fresh: true };
    else if (group) held = grabbed(group, event, at);
    else held = { at, view: [...views[side]] };
  });

  function grabbed(group, event, at) {
    const m = Number(event.target.dataset.handle ?? 0);
    choose(Number(group.dataset.field), m, false);
    const all = event.shiftKey;
    return { at, all, boxes: handles(chosen()).map((one) => [...one.get()]), move: true };
  }

  svg.addEventListener("pointermove", (event) => {
    if (!held) return;
    const at = pointIn(event);
    const [dx, dy] = [at[0] - held.at[0], at[1] - held.at[1]];
    held.far ||= Math.hypot(dx, dy) > CLICK_MM;
    if (held.view) return zoomTo(views[side][2], views[side][3], views[side][0] - dx, views[side][1] - dy);
    if (!held.far) return;
    if (held.fresh) showNew(spanned(held.at, at));
    if (held.move) handles(chosen()).forEach((one, m) => (held.all || m === handle) && one.set(within(moved(held.boxes[m], dx, dy))));
    if (held.knob !== undefined) handles(chosen())[handle].set(within(stretched(held.before, held.knob, at)));
    if (!held.fresh) showBoxes();
  });

  function stretched(box, n, at) {
    const opposite = corners(box)[(n + 2) % 4];
    return spanned(opposite, at);
  }

  const spanned = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])].map(round);

  function showNew(box) {
    const rect = $("[data-new]");
    rect.toggleAttribute("hidden", !box);
    if (box) ["x", "y", "width", "height"].forEach((key, n) => rect.setAttribute(key, box[n]));
  }

  svg.addEventListener("pointerup", (event) => {
    const was = held;
    held = null;
    showNew(null);
    if (!was || was.view) return;
    if (was.fresh) return placed(within(was.far ? spanned(was.at, pointIn(event)) : printedAt(was.at)));
    if (was.far) commit();
  });
  svg.addEventListener("pointercancel", () => (held = null));

  function placed(box) {
    if (tool === "option") addOption(box);
    else add(tool, box);
    if (tool !== "option") {
      tool = "select";
      showPaper();
    }
  }

  // A click inside a printed box takes that box; elsewhere one of the usual size is put there.
  function printedAt([x, y]) {
    const around_ = (shapes[side] ?? []).filter(([l, t, w, h]) => x >= l && y >= t && x <= l + w && y <= t + h && w * h > 4);
    const smallest = around_.sort((a, b) => a[2] * a[3] - b[2] * b[3])[0];
    if (smallest) return smallest;
    const [w, h] = tool === "option" ? handles(chosen() ?? {})[0]?.get().slice(2) ?? [8, 8] : SIZES[tool];
    return [x - w / 2, y - h / 2, w, h];
  }

  // As in any window: the wheel scrolls, with Ctrl it enlarges; at the paper's end the page goes on.
  svg.addEventListener("wheel", (event) => {
    if (event.ctrlKey) {
      event.preventDefault();
      return zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, pointIn(event));
    }
    const [x, y, w, h] = views[side];
    const [dx, dy] = event.shiftKey && !event.deltaX ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
    const [left, top] = [onPaper(x + unit(dx), w, "width"), onPaper(y + unit(dy), h, "height")];
    if ((dx && left !== x) || (dy && top !== y)) {
      event.preventDefault();
      zoomTo(w, h, dx ? left : x, dy ? top : y);
    }
  }, { passive: false });

  // ── Keyboard

  function nudge(event, dx, dy) {
    const one = handles(chosen() ?? {})[handle];
    if (!one) return;
    const by = event.shiftKey ? FAST_MM : STEP_MM;
    const [x, y, w, h] = one.get();
    one.set(within(event.ctrlKey ? [x, y, w + dx * by, h + dy * by] : [x + dx * by, y + dy * by, w, h]));
    bringIntoView(one.get());
    showBoxes();
    nudged ??= true;
    clearTimeout(nudgeTimer);
    nudgeTimer = setTimeout(settle, 400);
  }
  let nudged = null;
  let nudgeTimer = 0;

  // Many presses of an arrow are one step to undo.
  function settle() {
    clearTimeout(nudgeTimer);
    if (nudged) commit();
    nudged = null;
  }

  const walk = (by) => fields().length && choose((field + by + fields().length) % fields().length);
  const walkBoxes = (by, n = handles(chosen() ?? {}).length) => n && choose(field, (handle + by + n) % n);

  const KEYS = {
    ArrowLeft: (event) => nudge(event, -1, 0),
    ArrowRight: (event) => nudge(event, 1, 0),
    ArrowUp: (event) => nudge(event, 0, -1),
    ArrowDown: (event) => nudge(event, 0, 1),
    PageDown: () => walk(1),
    PageUp: () => walk(-1),
    End: () => walkBoxes(1),
    Home: () => walkBoxes(-1),
    Delete: () => chosen() && dropHandle(handle),
    Enter: () => chosen() && props.elements.label.focus(),
    Escape: () => {
      tool = "select";
      showPaper();
    },
    o: () => addOption(),
    d: (event) => event.ctrlKey && copy(),
    "+": () => zoom(1.5),
    ";": () => zoom(1.5),
    "-": () => zoom(1 / 1.5),
    0: () => zoom(0),
  };

  svg.addEventListener("keydown", (event) => {
    const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || event.altKey || event.metaKey || (event.ctrlKey && !event.key.startsWith("Arrow") && event.key.toLowerCase() !== "d")) return;
    event.preventDefault();
    if (!event.key.startsWith("Arrow")) settle();
    act(event);
  });

  // In a text box that was changed and not left yet, Ctrl+Z undoes the typing.
  const typing = (element) => element.matches?.("input, textarea") && element.dataset.dirty === "1";
  root.addEventListener("input", (event) => (event.target.dataset.dirty = "1"));
  root.addEventListener("change", (event) => delete event.target.dataset.dirty, true);

  document.addEventListener("keydown", async (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.isComposing || typing(event.target)) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    settle();
    await go(key === "y" || event.shiftKey ? 1 : -1);
  });

  // ── Form controls

  props.addEventListener("submit", (event) => event.preventDefault());
  whole.addEventListener("submit", (event) => event.preventDefault());

  props.addEventListener("change", (event) => {
    const { name, type, checked, value } = event.target;
    if (name.startsWith("box-")) {
      const one = handles(chosen())[handle];
      const box = [...one.get()];
      box[Number(name.slice(4))] = number(value) ?? box[Number(name.slice(4))];
      one.set(within(box));
      commit();
    } else if (name in PROPS) {
      PROPS[name][1](chosen(), type === "checkbox" ? checked : value.trim());
      commit();
    }
  });

  whole.addEventListener("change", (event) => {
    const { name, value } = event.target;
    if (!["title", "purpose", "priority"].includes(name)) return;
    put(state.form, name, name === "priority" ? number(value) : value.trim());
    commit();
  });

  const ROWS = {
    derived: {
      fresh: (n) => ({ id: `sum${n}`, label: "", sum: [] }),
      fill(one, inputs) {
        inputs.label.value = one.label ?? "";
        inputs.id.value = one.id;
        inputs.of.value = (one.sum ?? []).join(" ");
        inputs.of.closest("label").hidden = !one.sum;
        inputs.of.closest("fieldset").querySelector("[data-as-it-is]").hidden = Boolean(one.sum);
        known(inputs.role, one.role ?? "");
        inputs.role.value = one.role ?? "";
      },
      take(one, inputs) {
        put(one, "label", inputs.label.value.trim());
        one.id = inputs.id.value.trim();
        if (one.sum) one.sum = list(inputs.of.value);
        put(one, "role", inputs.role.value);
      },
    },
    checks: {
      fresh: (n) => ({ id: `rule${n}`, equal: [], message: "" }),
      fill(one, inputs) {
        inputs.id.value = one.id;
        inputs.how.value = one.order ? "order" : "equal";
        inputs.of.value = (one.order ?? one.equal ?? []).join(" ");
        inputs.message.value = one.message ?? "";
      },
      take(one, inputs) {
        one.id = inputs.id.value.trim();
        delete one.order;
        delete one.equal;
        one[inputs.how.value] = list(inputs.of.value);
        one.message = inputs.message.value.trim();
      },
    },
  };

  function showWhole() {
    for (const name of ["title", "purpose", "priority"]) whole.elements[name].value = state.form[name] ?? { purpose: "survey", priority: 5 }[name] ?? "";
    for (const [kind, { fill, take }] of Object.entries(ROWS)) {
      const rows = (state.form[kind] ?? []).map((one, n) => {
        const made = piece(kind);
        const inputs = Object.fromEntries([...made.querySelectorAll("[name]")].map((input) => [input.name, input]));
        fill(one, inputs);
        made.addEventListener("change", (event) => {
          event.stopPropagation();
          take(one, inputs);
          commit();
        });
        made.querySelector("[data-drop]").addEventListener("click", () => {
          state.form[kind].splice(n, 1);
          commit();
        });
        return made;
      });
      $(`[data-rows="${kind}"]`).replaceChildren(...rows);
    }
  }

  $$("[data-add-row]").forEach((button) => button.addEventListener("click", () => {
    const kind = button.dataset.addRow;
    state.form[kind] = [...(state.form[kind] ?? [])];
    state.form[kind].push(ROWS[kind].fresh(state.form[kind].length + 1));
    commit();
  }));

  $$("[data-tool]").forEach((button) => button.addEventListener("click", (event) => {
    tool = button.dataset.tool;
    showPaper();
    // By keyboard the new box comes to the middle of what is shown, and the arrows take it from there.
    if (event.detail === 0 && tool !== "select") {
      const [x, y, w, h] = views[side];
      placed(within(tool === "option" ? undefinedBox() : [x + w / 2 - SIZES[tool][0] / 2, y + h / 2 - SIZES[tool][1] / 2, ...SIZES[tool]]));
      tool = "select";
      showPaper();
    }
    svg.focus({ preventScroll: true });
  }));

  function undefinedBox() {
    const boxes = handles(chosen() ?? {}).map((one) => one.get());
    const last = boxes.at(-1) ?? [0, 0, 8, 8];
    const before = boxes.at(-2);
    return before ? last.map((value, n) => (n < 2 ? 2 * value - before[n] : value)) : [last[0] + last[2] + 4, last[1], last[2], last[3]];
  }

  $("[data-list]").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choose(Number(button.dataset.field));
  });
  $("[data-doubtful]").addEventListener("change", showList);
  $$("[data-zoom]").forEach((button) => button.addEventListener("click", () => zoom(Number(button.dataset.zoom))));
  $("[data-undo]").addEventListener("click", () => (settle(), go(-1)));
  $("[data-redo]").addEventListener("click", () => go(1));
  $("[data-delete]").addEventListener("click", dropField);
  $("[data-add-option]").addEventListener("click", () => addOption());
  $("[data-split]").addEventListener("click", split);
  $("[data-reload]").addEventListener("click", () => location.reload());
  $$("[data-open]").forEach((button) => button.addEventListener("click", () => $(`dialog[data-dialog="${button.dataset.open}"]`).showModal()));

  function showSides() {
    $("[data-sides]").replaceChildren(...(sides().length < 2 ? [] : sides()).map((one, n) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: one.id });
      button.addEventListener("click", () => {
        side = n;
        choose(-1);
      });
      return button;
    }));
  }

  // ── Trying it on filled scans, which stay in this browser

  $("#scans").addEventListener("change", (event) => {
    scans = [...event.target.files].map((file) => ({ file, number: 1 }));
    scan = scans.length ? 0 : -1;
    tryNow();
  });

  $$("[data-scan]").forEach((button) => button.addEventListener("click", () => {
    const by = Number(button.dataset.scan);
    scan = by === 0 ? -1 : (scan + by + scans.length) % scans.length;
    if (scan < 0) $("#scans").value = "";
    tryNow();
  }));

  let trySoon = 0;
  function tryAgain() {
    clearTimeout(trySoon);
    if (scan >= 0) trySoon = setTimeout(tryNow, TRY_AFTER_MS);
  }

  let asked = 0;
  async function tryNow() {
    const mine = (asked += 1);
    $("[data-trying]").hidden = scan < 0;
    if (scan < 0) return shownTried(null, "");
    const { file, number: page } = scans[scan];
    $("[data-tried]").textContent = `${said.TRYING}: ${file.name}`;
    const { data } = await upload(`${base}/try`, file, root.dataset.csrf, { name: file.name, number: page }).catch(() => ({ data: {} }));
    if (mine !== asked) return;
    if (page === 1 && data.pages > 1 && scans.filter((one) => one.file === file).length === 1) {
      const rest = Array.from({ length: data.pages - 1 }, (_, n) => ({ file, number: n + 2 }));
      scans.splice(scan + 1, 0, ...rest);
    }
    shownTried(data, file.name);
  }

  function shownTried(data, name) {
    tried = data?.seen ? data : null;
    const lines = data ? [`${name}${scans.length > 1 ? ` (${scan + 1} / ${scans.length})` : ""}`, ...outcome(data)] : [];
    $("[data-tried]").textContent = lines.join(" ");
    const picture = $("[data-drawn-picture]");
    if (tried?.drawn) picture.src = tried.drawn;
    else showDrawn(false);
    if (tried?.seen.length && !onThisSide()) side = Math.max(sides().findIndex((one) => one.id === tried.seen[0].side), 0);
    show();
  }

  function outcome(data) {
    if (data.wrong) return [data.wrong];
    if (!data.seen?.length) return [`${said.TRY_NONE}: ${data.why ?? ""}`];
    return data.seen.flatMap((one) => [`${one.side} ${said.TRY_RESIDUAL} ${one.residual.toFixed(2)} mm`, ...one.findings]);
  }

  function showDrawn(on) {
    $("[data-drawn]").setAttribute("aria-pressed", on);
    $("[data-drawn-picture]").hidden = !on;
    svg.toggleAttribute("hidden", on);
  }
  $("[data-drawn]").addEventListener("click", (event) => showDrawn(event.currentTarget.getAttribute("aria-pressed") !== "true"));

  // ── Checking and saving as a version

  $("[data-close]").addEventListener("click", () => $('dialog[data-dialog="save"]').close());
  $("[data-check]").addEventListener("click", async () => {
    const { data } = await send("/check", {});
    showMistakes(data.mistakes ?? [], data.wrong ?? said.CHECKED);
  });

  $("form[data-save]").addEventListener("submit", async (event) => {
    event.preventDefault();
    settle();
    if (waiting.length) await drain();
    const { data } = await send("/save", { version: event.target.elements.version.value });
    if (data.to) {
      localStorage.removeItem(KEPT);
      location.assign(data.to);
    } else showMistakes(data.mistakes ?? [], data.wrong ?? "");
  });

  function showMistakes(mistakes, otherwise) {
    $("[data-checked]").textContent = mistakes.length ? "" : otherwise;
    $("[data-mistakes]").replaceChildren(...mistakes.map((one) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.textContent = `${one.level === "error" ? said.ERROR : said.WARNING}: ${one.message}`;
      button.addEventListener("click", () => goToMistake(one.key));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
  }

  function goToMistake(key) {
    const [, n, m] = /^sides\.(\d+)(?:\.fields\.(\d+))?/.exec(key) ?? [];
    $('dialog[data-dialog="save"]').close();
    if (n !== undefined) side = Number(n);
    choose(m === undefined ? -1 : Number(m));
  }

  window.addEventListener("beforeunload", (event) => {
    settle();
    if (waiting.length) event.preventDefault();
  });
  window.addEventListener("online", drain);
  window.addEventListener("resize", showBoxes);
  showSides();
  show();
  offerLeftBehind();
}
