// Files dropped on a batch go up one after the other, each with its progress; how far reading is comes as events.

const box = document.querySelector("[data-batch]");
const form = box.querySelector("[data-drop]");
const input = form.querySelector("input[type=file]");
const states = JSON.parse(box.dataset.states);
const at = (name) => box.querySelector(`[data-${name}]`);
const queue = [];
const total = { done: 0, all: 0 };
let sending = false;

// Names as a person counts them: 2 before 10, so that the stack keeps the order of the paper.
const natural = new Intl.Collator("ja", { numeric: true }).compare;

function add(files) {
  const fresh = [...files].sort((a, b) => natural(a.name, b.name));
  queue.push(...fresh);
  total.all += fresh.length;
  if (fresh.length) at("sending").hidden = false;
  tell();
  if (!sending) send();
}

function tell() {
  const bar = at("sent-bar");
  bar.max = total.all || 1;
  bar.value = total.done;
  const words = box.dataset.sent;
  at("sent-text").textContent = words.replace("{total}", total.all).replace("{done}", total.done);
}

async function send() {
  sending = true;
  while (queue.length) {
    const file = queue.shift();
    const row = document.createElement("li");
    const bar = document.createElement("progress");
    const state = document.createElement("span");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    state.textContent = states.sending;
    row.append(`${file.name} `, bar, " ", state);
    at("now").replaceChildren(row);
    const came = await sendOne(file, (share) => {
      bar.value = share;
      if (share === 1) state.textContent = states.checking;
    });
    note(file.name, came);
    total.done += 1;
    tell();
    listen();
  }
  at("now").replaceChildren();
  sending = false;
}

function sendOne(file, progress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/batches/${box.dataset.batch}/file`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("X-Yomitori-Token", box.dataset.csrf);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.upload.onload = () => progress(1);
    request.onload = () => resolve(parsed(request));
    request.onerror = () => resolve({ kind: "failed", message: "" });
    request.send(file);
  });
}

function parsed(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return { kind: "failed", message: "" };
  }
}

function note(name, came) {
  const line = document.createElement("li");
  line.textContent = `${name} ${states[came.kind] ?? came.kind}`;
  line.dataset.kind = came.kind;
  at("list").append(line);
  if (came.kind !== "refused" && came.kind !== "failed") return;
  const trouble = document.createElement("li");
  trouble.textContent = came.message || line.textContent;
  at("trouble-list").append(trouble);
  at("troubles").hidden = false;
}

// One stream at a time; the server ends it when nothing waits, so that a page left open lets a session end.
let stream = null;

function listen() {
  if (stream !== null) return;
  stream = new EventSource(`/batches/${box.dataset.batch}/events`);
  stream.onmessage = (event) => {
    const now = JSON.parse(event.data);
    show(now);
    if (!now.waiting) hush();
  };
  stream.onerror = () => stream?.readyState === EventSource.CLOSED && hush();
}

function hush() {
  stream?.close();
  stream = null;
}

function show(now) {
  for (const name of ["files", "sheets", "open"]) document.querySelector(`[data-${name}]`).textContent = now[name];
  const bar = at("read-bar");
  bar.max = now.pages || 1;
  bar.value = now.read;
  at("read-text").textContent = now.progress;
  document.querySelector("[data-done]").hidden = !now.done;
}

at("only-script").hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  add(input.files);
  input.value = "";
});
input.addEventListener("change", () => form.requestSubmit());
for (const name of ["dragover", "dragenter"]) {
  form.addEventListener(name, (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("over"));
form.addEventListener("drop", (event) => {
  event.preventDefault();
  add(event.dataTransfer.files);
});
addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});
const bar = at("read-bar");
if (bar.value < bar.max) listen();
