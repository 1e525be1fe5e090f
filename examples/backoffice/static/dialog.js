// Dialogs: fetched into the page, open on their first field, and not a letter typed meanwhile is lost.
"use strict";

const dialog = () => document.getElementById("dialog");
let early = null; // what is typed while a dialog is on its way

document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement: link, target } = event.detail.ctx;
  if (at(target) !== "dialog-content" || !link.matches("a")) return;
  dialog().dataset.from = link.getAttribute("href");
  early = "";
});

// Back closes a dialog and does not leave the page. For that the page has a second entry in the
// history; where no dialog is open, Back passes over it.
let over = Boolean(history.state?.over);
const open_over_page = () => {
  if (!over) history.pushState({ over: true }, "");
  over = true;
  dialog().showModal();
};
window.addEventListener("popstate", () => {
  const was = over;
  over = Boolean(history.state?.over);
  if (over || !was || location.hash) return; // forward, or to a part of the page
  if (dialog().open) dialog().close();
  else history.back();
});

document.addEventListener("htmx:error", () => { early = null; });

document.addEventListener("keydown", (event) => {
  if (early === null || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  early += event.key;
});

const FIRST = "[autofocus], input:not([type=hidden]), select, textarea, button.primary, a.button";

document.addEventListener("htmx:after:swap", (event) => {
  const { response, target, sent: request } = event.detail.ctx;
  if (at(target) === "page" && response.status < 400 && request?.form.closest("dialog")) dialog().close();
  if (at(target) !== "dialog-content") return;
  const content = document.querySelector("#dialog #dialog-content *");
  if (content && !dialog().open) open_over_page();
  const here = dialog().contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  const first = document.querySelector("#dialog [aria-invalid=true]") ?? (here ? document.activeElement : dialog().querySelector(FIRST));
  first?.focus();
  if (early && first?.matches("input")) {
    first.value += early;
    first.dispatchEvent(new Event("input", { bubbles: true }));
  }
  early = null;
  document.dispatchEvent(new Event("dialog-open"));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a, button");
  if (link?.matches("dialog [data-close]")) {
    event.preventDefault();
    dialog().close();
  }
  const menu = link?.closest("[popover]");
  if (menu && !link.hasAttribute("popovertarget")) menu.hidePopover();
}, true);

// What was typed into a search goes along to the dialog that it leads to.
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement: link, request } = event.detail.ctx;
  if (link.matches("a[data-with]")) request.body.set(link.dataset.as, document.getElementById(link.dataset.with).value);
});

document.addEventListener("close", (event) => {
  if (event.target !== dialog()) return;
  for (const notice of dialog().querySelectorAll(":scope > .notice:not([hidden])")) say(notice);
  // A moment later: a search that was just typed may still go out, and looks for its list.
  setTimeout(() => { if (!dialog().open) document.getElementById("dialog-content").replaceChildren(); }, 400);
}, true);
