// How far an export is, every two seconds; without this file the page asks again by itself.

const EVERY = 2000;

async function look() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-under-way]");
    if (now === null) return location.reload();
    renew(now);
  } else if (answer) {
    return location.reload();
  }
  setTimeout(look, EVERY);
}

// Only what changes, so that neither focus nor a screen reader is disturbed.
function renew(now) {
  const box = document.getElementById("job");
  const [bar, next] = [box, now].map((one) => one.querySelector("progress"));
  bar.max = next.max;
  bar.value = next.value;
  bar.nextSibling.replaceWith(next.nextSibling);
  const [status, said] = [box, now].map((one) => one.querySelector("[role=status]"));
  if (status.textContent !== said.textContent) status.textContent = said.textContent;
}

setTimeout(look, EVERY);
