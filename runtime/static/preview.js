"use strict";
// Plays the preview by hls.js, which every browser with Media Source Extensions runs; by the browser's own HLS where
// there are none, as on an iPhone, or where this script does not run. Nothing is asked for before play is pressed,
// and nothing while it pauses: who does not look is no viewer.
const RETRY_MS = 2000;
const video = document.querySelector("#preview video");
const trouble = document.getElementById("unplayable");

function say(words) {
  trouble.textContent = words;
  trouble.hidden = !words;
}

function playByOurselves(address) {
  const hls = new Hls({enableWorker: false});
  let begun = false;
  video.removeAttribute("src");
  hls.attachMedia(video);
  video.addEventListener("play", () => {
    if (begun) hls.startLoad(-1);
    else hls.loadSource(address);
    begun = true;
  });
  video.addEventListener("pause", () => hls.stopLoad());
  hls.on(Hls.Events.ERROR, (_, {fatal, type}) => {
    if (!fatal) return;
    if (type === Hls.ErrorTypes.MEDIA_ERROR) {
      hls.recoverMediaError();
      return;
    }
    say("The channel gives no pictures: trying again.");
    setTimeout(() => { if (!video.paused) hls.loadSource(address); }, RETRY_MS);
  });
}

if (video) {
  if (Hls.isSupported()) playByOurselves(video.src);
  else if (!video.canPlayType("application/vnd.apple.mpegurl")) say("This browser plays no HLS: open the channel in a player.");
  video.addEventListener("error", () => say("The preview ended. Load the page anew to try again."));
  video.addEventListener("playing", () => say(""));
}
