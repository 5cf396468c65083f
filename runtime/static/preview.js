"use strict";
// Says why the preview does not play, where it cannot. What plays it is the browser's own HLS; without this script, too.
const video = document.querySelector("#preview video");
const unplayable = document.getElementById("unplayable");

function say(words) {
  unplayable.textContent = words;
  unplayable.hidden = false;
}

if (video) {
  if (!video.canPlayType("application/vnd.apple.mpegurl")) {
    video.hidden = true;
    say("This browser plays no HLS by itself. Safari, and Chrome and Edge of late 2025 or newer do; or watch it in a player.");
  }
  video.addEventListener("error", () => say("The preview ended: the channel gave no pictures. Load the page anew to try again."));
  video.addEventListener("playing", () => { unplayable.hidden = true; });
}
