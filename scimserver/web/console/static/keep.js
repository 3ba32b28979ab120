// What is shown once can be printed, copied or saved, where the browser lets us.

import { say } from "./ceremony.js";

const kept = document.getElementById("kept");
const place = document.getElementById("keep");

function text() {
  const lines = [...kept.querySelectorAll("li")].map((each) => each.textContent.trim());
  if (!lines.length) return kept.textContent.trim();
  return [kept.dataset.heading, new Date().toISOString().slice(0, 10), "", ...lines, ""].join("\n");
}

function save() {
  const address = URL.createObjectURL(new Blob([text()], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = kept.dataset.file;
  link.click();
  URL.revokeObjectURL(address);
  say("Saved. Move the file to a safe place.", "good");
}

async function copy() {
  try {
    await navigator.clipboard.writeText(text());
    say("Copied.", "good");
  } catch {
    say("The browser does not let us copy. Select the text and copy it yourself.", "bad");
  }
}

const ways = { print: () => window.print(), copy, download: save };

for (const button of place.querySelectorAll("[data-keep]")) {
  button.addEventListener("click", ways[button.dataset.keep]);
}
place.hidden = false;
