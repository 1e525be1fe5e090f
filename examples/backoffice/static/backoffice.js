// What the pages need beyond htmx. Without it everything works by loading pages.
"use strict";

const dialog = () => document.getElementById("dialog");
const sent = new Map(); // what a form has sent last, while that is not answered
const typed = new Set(); // the forms that were typed into since

document.addEventListener("input", (event) => typed.add(event.target.form));

// A change goes out with the version that the page shows now, not with that of the moment it was
// typed: several quick changes are made one after the other. What a form says twice (a double click;
// Enter, which is a change too) is sent once. But if an earlier one was told what others changed, the
// later ones are not made over that unseen.
const warned = () => document.querySelector("#page .notice.warn") !== null;
const said = (body) => JSON.stringify([...body].filter(([name]) => name !== "version" && name !== "seen"));
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement: form, request } = event.detail.ctx;
  if (request.method !== "POST") return;
  if (sent.get(form)?.said === said(request.body)) return event.preventDefault();
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) return event.preventDefault();
  event.detail.ctx.sent = { form, said: said(request.body) };
  sent.set(form, event.detail.ctx.sent);
  typed.delete(form);
  event.detail.ctx.warned = warned();
});

document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement: form, request, target } = event.detail.ctx;
  if (request.method !== "POST" || target?.id !== "page" || form.closest("dialog")) return;
  if (warned() && !event.detail.ctx.warned) return;
  for (const name of ["version", "seen"]) {
    const now = document.querySelector(`#page input[name=${name}]`);
    if (now && request.body.has(name)) request.body.set(name, now.value);
  }
});

document.addEventListener("htmx:finally:request", (event) => {
  const { sent: request } = event.detail.ctx;
  if (request && sent.get(request.form) === request) sent.delete(request.form);
});

// An answer that leads to another page (the sign-in, a placed order) is gone to.
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  const to = new URL(raw.url);
  if (!raw.redirected || to.pathname === location.pathname) return;
  event.preventDefault();
  location.assign(to);
});

// What has no place in a dialog (the order is gone) is seen by loading the page; what is no page at
// all (the server broke down) takes the place of nothing.
document.addEventListener("htmx:before:swap", (event) => {
  const { target, text } = event.detail.ctx;
  const into = typeof target === "string" ? target.slice(1) : target?.id;
  if (into === "dialog-content" && text.includes('<main id="page"') && !text.includes('<section id="dialog-content" class')) {
    event.preventDefault();
    location.reload();
  } else if (["page", "dialog-content"].includes(into) && !text.includes('<main id="page"')) {
    event.preventDefault();
    unreachable(true);
  }
});

const unreachable = (now) => { document.getElementById("unreachable").hidden = !now; };
document.addEventListener("htmx:error", () => unreachable(true));
document.addEventListener("htmx:after:request", () => unreachable(false));

document.addEventListener("htmx:after:swap", (event) => {
  const { response, target, sent: request } = event.detail.ctx;
  const into = typeof target === "string" ? target.slice(1) : target?.id;
  const current = !request || (sent.get(request.form) === request && !typed.has(request.form));
  if (into === "dialog-content") {
    if (document.querySelector("#dialog #dialog-content *") && !dialog().open) dialog().showModal();
  } else if (into === "page" && response.status < 400) {
    if (request?.form.closest("dialog")) dialog().close();
    if (current) request?.form.reset();
  }
  // What was typed since it was sent stays as it is, and so does the focus.
  const wrong = current && response.status >= 400 && document.querySelector("dialog[open] [aria-invalid=true], #page [aria-invalid=true]");
  if (wrong) wrong.focus();
  else if (document.activeElement === document.body && into === "page") document.getElementById("page").focus();
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
  if (link.dataset.with) request.body.set(link.dataset.as, document.getElementById(link.dataset.with).value);
});

document.addEventListener("close", (event) => {
  if (event.target === dialog()) document.getElementById("dialog-content").replaceChildren();
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("hx-post") || form.hasAttribute("hx-get")) return;
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) event.preventDefault();
});

// Arrow keys walk through what a search found.
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const from = document.activeElement;
  const list = document.getElementById(from.dataset?.list ?? "") ?? from.closest(".matches");
  if (!list) return;
  const found = [...list.querySelectorAll("li button, li a")];
  const at = found.indexOf(from) + (event.key === "ArrowDown" ? 1 : -1);
  const next = found[at] ?? (at < 0 ? document.querySelector(`[data-list=${list.id}]`) : null);
  if (next) { event.preventDefault(); next.focus(); }
});

// Enter takes the first of what was found, once that answers what was typed.
document.addEventListener("input", (event) => {
  const list = document.getElementById(event.target.dataset?.list ?? "");
  if (list) list.dataset.stale = "";
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-list]")) return;
  const list = document.getElementById(event.target.dataset.list);
  const first = list.querySelector("li button, li a");
  event.preventDefault();
  if (first && !("stale" in list.dataset)) first.click();
});
