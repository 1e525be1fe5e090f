// Shortcuts, listed in the dialog that "?" opens.
"use strict";

const single_keys = () => localStorage.getItem("single-keys") !== "off";

const press = (selector) => {
  const there = document.querySelector(selector);
  if (!there) return false;
  if (there.matches("input")) { there.focus(); there.select(); } else there.click();
  return true;
};

document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter" && event.target.matches("button, a")) event.preventDefault();
  if (event.defaultPrevented || event.altKey) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("dialog form");
    const button = form?.querySelector("button.primary") ?? document.querySelector("#page [data-go]");
    event.preventDefault();
    // What was typed into a field is a change that goes out first.
    if (!form) event.target.blur?.();
    // An order is placed by another key, Enter on its button: pressed twice on the step before, this
    // one must not place what nobody has read.
    if (button?.matches("[data-places]")) return button.focus();
    // Not a click: a button that has nothing to do yet may have, once the changes in flight are made.
    button?.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || !single_keys() || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, select, textarea")) return;
  if (press(`[data-key="${CSS.escape(event.key)}"]`)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.id === "single-keys") localStorage.setItem("single-keys", event.target.checked ? "on" : "off");
});

document.addEventListener("dialog-open", () => {
  const box = document.getElementById("single-keys");
  if (box) box.checked = single_keys();
});
