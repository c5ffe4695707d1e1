// Runs once for each HTML block of the page; Gradio passes `element`, `trigger`, `props` and `watch`.
// Elements say what they ask of the server (data-event, with their other data-* as arguments); the rest stays in the browser.

function showPassage(id) {
  const card = document.getElementById(id);
  if (!card) return;
  const evidence = card.closest(".evidence");
  for (const other of document.querySelectorAll(".evidence.current")) other.classList.remove("current");
  evidence.classList.add("current");
  evidence.querySelector("[data-fold]")?.setAttribute("aria-expanded", "true");
  const folded = card.closest("details");
  if (folded) folded.open = true;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  card.focus({ preventScroll: true });
  card.classList.remove("flash");
  void card.offsetWidth; // restarts the animation when the same marker is clicked twice
  card.classList.add("flash");
}

async function copyAnswer(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    if (!copySelected(button.dataset.copy)) return;
    button.focus();
  }
  const label = button.textContent;
  button.textContent = button.dataset.done;
  say(button.dataset.done);
  setTimeout(() => (button.textContent = label), 1500);
}

// A page that came without TLS, or in a frame that may not, has no clipboard: a selection is copied all the same.
function copySelected(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

// A screen reader reads what stands in here, once for each change.
function say(what) {
  document.getElementById("live").textContent = what;
}

element.addEventListener("click", (event) => {
  if (event.target.closest("a[target]")) return; // a link of a document, which leads elsewhere
  const link = event.target.closest("a[href^='#']");
  if (link) {
    event.preventDefault();
    if ("skip" in link.dataset) {
      return [...document.querySelectorAll(link.dataset.skip)].find((target) => target.offsetParent)?.focus();
    }
    const id = link.hash.slice(1);
    if ("cite" in link.dataset) return showPassage(id);
    document.getElementById(id)?.scrollIntoView({ block: "start" });
    return document.getElementById(id)?.focus({ preventScroll: true });
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) return copyAnswer(copy);
  const fold = event.target.closest("[data-fold]");
  if (fold) return fold.setAttribute("aria-expanded", String(fold.getAttribute("aria-expanded") !== "true"));
  const control = event.target.closest("[data-event]");
  const selecting = control?.matches("article") && String(getSelection());
  if (control && !control.matches("form, select") && !selecting) trigger(control.dataset.event, { ...control.dataset });
});

element.addEventListener("change", (event) => {
  const choice = event.target;
  if (choice.matches("select[data-go]")) location.assign(choice.value);
  if (choice.matches("select[data-event]")) trigger(choice.dataset.event, { [choice.name]: choice.value });
});

element.addEventListener("submit", (event) => {
  if (!event.target.dataset.event) return;
  event.preventDefault();
  trigger(event.target.dataset.event, { ...event.target.dataset, ...Object.fromEntries(new FormData(event.target)) });
});

element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches(".edit textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
  if (event.key === "Escape") {
    const details = event.target.closest("details[open]");
    details?.removeAttribute("open");
    details?.querySelector("summary").focus();
  }
});

// What had the focus may be gone after a change: then the exchange or the block it stood in has it.
let focused = null;
element.addEventListener("focusin", (event) => {
  focused = { control: event.target, home: event.target.closest("[id]").id };
});
element.addEventListener("focusout", (event) => {
  if (event.relatedTarget) focused = null;
});

function keepFocus() {
  if (!focused || focused.control.isConnected || document.activeElement !== document.body) return;
  const exchanges = element.querySelectorAll(".exchange");
  const home = document.getElementById(focused.home) ?? exchanges[exchanges.length - 1] ?? element;
  focused = null;
  home.tabIndex = -1;
  home.focus({ preventScroll: true });
}

// A list that is drawn anew keeps open what was open in it.
let unfolded = null;
element.addEventListener(
  "toggle",
  (event) => {
    const key = event.target.dataset.key;
    if (key && event.target.isConnected) unfolded = event.target.open ? key : unfolded === key ? null : unfolded;
  },
  true,
);

function keepOpen() {
  const details = unfolded && [...element.querySelectorAll("details[data-key]")].find((one) => one.dataset.key === unfolded);
  if (details) details.open = true;
  else unfolded = null;
}

function openDialog(dialog) {
  dialog.close(); // it comes open from the server, which does not make it modal
  dialog.showModal(); // keeps the focus inside, and gives it back when it closes
  const page = dialog.querySelector(".page");
  page.scrollTop = 0;
  dialog.querySelector(".passage")?.scrollIntoView({ block: "center" });
  page.focus({ preventScroll: true });
  dialog.onclose = () => dialog.open || (props.value = ""); // so that the same passage can be opened again
}

// Gradio gives the drop zone a name that lacks the words it shows, so it cannot be called by them.
function nameDropZone() {
  document.querySelector("#drop button[aria-label]")?.removeAttribute("aria-label");
}
nameDropZone();

// The address names the conversation, so that a reload and Back lead to it; one that is not there is no place to go back to.
const talks = element.closest("#conversation");

function follow(exchange) {
  const address = new URL(location);
  const here = exchange?.dataset.conversation ?? "";
  if ((address.searchParams.get("c") ?? "") === here || (exchange && !here)) return;
  if (here) address.searchParams.set("c", here);
  else address.searchParams.delete("c");
  if (element.querySelector(".gone")) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}
// What is half typed is there after a reload, in this tab; a browser may deny the place for it.
function draft(typed) {
  try {
    const before = sessionStorage.getItem("draft");
    if (typed === undefined) sessionStorage.removeItem("draft");
    else sessionStorage.setItem("draft", typed);
    return before;
  } catch {
    return null;
  }
}

function takeUpDraft() {
  const box = document.querySelector("#question textarea");
  const before = draft();
  if (!box || box.value || !before) return;
  box.value = before;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

// While people have the conversation, the page asks now and then whether there is something new to draw.
const LOOK_SECONDS = 3;
if (element.closest("#person")) {
  let drawn = "";
  setInterval(async () => {
    const line = element.querySelector("[data-watch]");
    if (!line || document.hidden) return;
    const answer = await fetch(`person?c=${encodeURIComponent(line.dataset.watch)}`).catch(() => null);
    if (!answer?.ok || !line.isConnected) return;
    const { mark } = await answer.json();
    if (mark === line.dataset.mark || mark === drawn) return;
    drawn = mark;
    trigger("select", {});
  }, 1000 * LOOK_SECONDS);
}

let arrived = false;
if (talks) {
  addEventListener("pagehide", () => draft(document.querySelector("#question textarea")?.value));
  addEventListener("popstate", () => trigger("select", { conversation: new URL(location).searchParams.get("c") ?? "" }));
}

// A new question goes to the top of the view, and the whole answer is brought into it at the end.
let asked = 0;
let running = false;
let said = null;
let told = 0;
watch("value", () => {
  const exchanges = element.querySelectorAll(".exchange");
  const last = exchanges[exchanges.length - 1];
  if (exchanges.length > asked) last.scrollIntoView({ block: "start" });
  else if (running && last?.ariaBusy === "false") last.scrollIntoView({ block: "nearest" });
  asked = exchanges.length;
  const people = element.querySelectorAll(".person, .happened");
  if (people.length > told) people[people.length - 1].scrollIntoView({ block: "nearest" });
  told = people.length;
  if (talks && element.querySelector(".exchange, .welcome")) {
    follow(last);
    if (!arrived) takeUpDraft();
    arrived = true;
  }
  running = last?.ariaBusy === "true";

  const speaking = [...element.querySelectorAll("[data-say]")].pop()?.dataset.say ?? null;
  if (speaking && speaking !== said) say(speaking);
  said = speaking;

  keepOpen();
  keepFocus();
  nameDropZone();
  const dialog = element.querySelector("dialog");
  if (dialog) openDialog(dialog);
});
