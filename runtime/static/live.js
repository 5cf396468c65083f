"use strict";
// Takes what a page says anew, part by part, when /events tells of a change, and now and then because time passes.
// Folds stay as the reader left them, and the page never jumps. What is no `data-live` part is left alone; a part
// that is `data-live="slow"` tells of the plan alone, and waits for another one or for the next minute.
const EVENTS = new URL("../events", document.currentScript.src);
const SLOW = document.querySelector('[data-live="slow"]') !== null;
const AT_LEAST_MS = SLOW ? 60000 : 15000;
// A page of a wide station costs the server a tenth of a second: not every change is worth one at once.
const AT_MOST_MS = 2000;
const lost = document.getElementById("lost");
let source = null;
let timer = null;
let due = 0;
let asking = false;
let revision = null;

function put(part, fresh) {
  for (const fold of part.querySelectorAll("details[open]")) {
    fresh.querySelector(`#${CSS.escape(fold.id)}`)?.setAttribute("open", "");
  }
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && [...part.querySelectorAll("a, summary")].indexOf(focused);
  part.replaceChildren(...fresh.childNodes);
  if (focused) part.querySelectorAll("a, summary")[place]?.focus({preventScroll: true});
}

async function refresh() {
  timer = null;
  // Who selects text would lose the selection.
  if (!asking && !document.hidden && !String(document.getSelection())) {
    asking = true;
    try {
      const answer = await fetch(location.href, {cache: "no-store"});
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(part.id);
        if (fresh) put(part, fresh);
      }
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
    asking = false;
  }
  wait(AT_LEAST_MS);
}

// The sooner of two wins: changes that come without a pause must not put it off for ever.
function wait(ms) {
  const at = performance.now() + ms;
  if (timer !== null && due <= at) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(refresh, ms);
}

function listen() {
  if (document.hidden) {
    source?.close();
    source = null;
    return;
  }
  if (source !== null) return;
  source = new EventSource(EVENTS);
  source.addEventListener("message", ({data}) => {
    const known = revision;
    revision = JSON.parse(data).revision;
    if (!SLOW || (known !== null && known !== revision)) wait(AT_MOST_MS);
  });
  // It tries again by itself; what it missed comes with its first message.
  source.addEventListener("error", () => wait(AT_MOST_MS));
}

document.addEventListener("visibilitychange", () => {
  listen();
  if (!document.hidden) refresh();
});
listen();
wait(AT_LEAST_MS);
