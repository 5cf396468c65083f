"use strict";
// Puts a button behind every address that may be copied. Without this script they can be selected as text.
function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

async function copy(element) {
  // The clipboard proper is there on https and localhost alone, and most homes have neither.
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  select(element);
  if (!document.execCommand("copy")) throw new Error("refused");
}

for (const element of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${element.textContent}`);
  button.addEventListener("click", async () => {
    try {
      await copy(element);
      button.textContent = "Copied";
    } catch {
      select(element);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  element.after(" ", button);
}
