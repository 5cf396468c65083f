"use strict";
// Takes the page's main part anew every five seconds; folds stay as the reader left them, and the page never jumps.
const lost = document.getElementById("lost");
async function refresh() {
  if (document.hidden || String(document.getSelection())) return;
  try {
    const answer = await fetch(location.pathname, {cache: "no-store"});
    if (!answer.ok) throw new Error(answer.statusText);
    const text = await answer.text();
    // The main part alone: the new page's style carries a nonce that this page does not know.
    const main = text.slice(text.indexOf("<main"), text.lastIndexOf("</main>"));
    const fresh = new DOMParser().parseFromString(main, "text/html").getElementById("page");
    const page = document.getElementById("page");
    for (const fold of page.querySelectorAll("details[open]")) {
      fresh.querySelector(`#${CSS.escape(fold.id)}`)?.setAttribute("open", "");
    }
    const focused = document.activeElement?.closest("details")?.id;
    page.replaceChildren(...fresh.childNodes);
    if (focused) document.getElementById(focused)?.querySelector("summary").focus({preventScroll: true});
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}
setInterval(refresh, 5000);
document.addEventListener("visibilitychange", refresh);
