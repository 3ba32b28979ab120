// Records of domains: copied with a button, and no second question while name servers are asked.

const SAID_FOR = 4000;

document.documentElement.classList.add("scripted");

function say(text, kind) {
  const place = document.getElementById("copied");
  place.textContent = text;
  place.className = `status ${kind}`;
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  } catch {
    say("The browser does not let us copy. Select the text and copy it yourself.", "bad");
    return;
  }
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), SAID_FOR);
  say(button.dataset.said, "good");
}

// On the document, since the page's parts are renewed while a check is near.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-busy]");
  if (!form) return;
  if (form.hasAttribute("aria-busy")) {
    event.preventDefault();
    return;
  }
  form.setAttribute("aria-busy", "true");
  form.querySelector("button").textContent = form.dataset.busy;
  document.getElementById("watch")?.remove();
});

// The back button shows a page as it was left.
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("[aria-busy]")) location.reload();
});
