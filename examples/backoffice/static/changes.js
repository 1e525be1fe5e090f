// Changes of an order: sent one after the other, each made once, none over what others did unseen.
// Without these scripts everything works by loading pages.
"use strict";

const at = (target) => (typeof target === "string" ? target.slice(1) : target?.id);
const sent = new Map(); // what a form has sent last, while that is not answered
const typed = new Set(); // the forms that were typed into since

document.addEventListener("input", (event) => {
  typed.add(event.target.form);
  // What was wrong is being mended: the sentence has done its work.
  event.target.removeAttribute("aria-invalid");
  document.getElementById(event.target.getAttribute("aria-describedby"))?.remove();
});

// A change goes out with the version that the page shows now, not with that of the moment it was
// typed: several quick changes are made one after the other. What a form says twice (a double click;
// Enter, which is a change too) is sent once; a scanner may say the same again and again. But if an
// earlier one was told what others changed, the later ones are not made over that unseen, and if one
// was refused, nobody is taken on to the next step.
const warned = () => document.querySelector("#page .notice.warn") !== null;
const refusals = () => document.querySelectorAll("#page .error[role=alert]").length;
const said = (body) => JSON.stringify([...body].filter(([name]) => name !== "version" && name !== "seen"));

// Without scripts the fields of a step belong to the form of Save. Here each is in a form of its own,
// which is sent when it changes; and what all of them show goes along when a step is left, so that
// nothing is lost that was refused or has not arrived.
const OF_SAVE = 'form="go" data-own';
document.addEventListener("DOMContentLoaded", () => {
  for (const each of document.querySelectorAll("[data-own]")) each.removeAttribute("form");
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  ctx.text = ctx.text?.replaceAll(OF_SAVE, "data-own");
});

const gather = (form, body) => {
  const others = [...document.querySelectorAll("#page form:has([data-own]:not(button))")];
  for (const other of others) {
    for (const [name, value] of new FormData(other)) {
      if (!["csrf", "version", "seen"].includes(name)) body.set(name, value);
    }
    typed.delete(other);
  }
  return others;
};

// The second of two quick clicks is not for what has moved under the pointer since.
let last = { x: -1, y: -1, at: -Infinity };
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-removes] button") || event.detail === 0) return;
  const { clientX: x, clientY: y, timeStamp: at } = event;
  const again = Math.abs(x - last.x) < 5 && Math.abs(y - last.y) < 5 && at - last.at < 1000;
  last = { x, y, at };
  if (!again) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement: form, request } = event.detail.ctx;
  if (request.method !== "POST" || !(form instanceof HTMLFormElement)) return;
  // The second click, or line end of a scanner, comes to a field that is empty by now.
  if ("again" in form.dataset && !scan_field(form).value.trim()) return event.preventDefault();
  if (!("again" in form.dataset) && sent.get(form)?.said === said(request.body)) return event.preventDefault();
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) return event.preventDefault();
  const of_page = form.closest("#page") !== null;
  event.detail.ctx.sent = { form, others: [], said: said(request.body), changed: of_page ? changed_in(form) : [] };
  sent.set(form, event.detail.ctx.sent);
  typed.delete(form);
  event.detail.ctx.warned = warned();
  event.detail.ctx.refusals = refusals();
  if (!("again" in form.dataset)) return;
  scans.delete(scan_field(form).value.trim());
  scan_field(form).value = "";
});

document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement: form, request, target, warned: before, refusals: known } = event.detail.ctx;
  if (request.method !== "POST" || at(target) !== "page" || form.closest("dialog")) return;
  if (form.matches("[data-goes], [data-all]")) {
    const others = gather(form, request.body);
    Object.assign(event.detail.ctx.sent, { others, changed: others.flatMap(changed_in) });
  }
  if (warned() && !before) return;
  if (form.matches("[data-goes]") && refusals() > known) {
    document.querySelector("#page [aria-invalid=true]")?.focus();
    return event.preventDefault();
  }
  for (const name of ["version", "seen"]) {
    const now = document.querySelector(`#page input[name=${name}]`);
    if (now && request.body.has(name)) request.body.set(name, now.value);
  }
});

document.addEventListener("htmx:finally:request", (event) => {
  const { sent: request } = event.detail.ctx;
  if (request && sent.get(request.form) === request) sent.delete(request.form);
});

// An answer that leads to another page (the next step, a placed order) is gone to. Where it is the
// sign-in, what was typed is kept until that is done.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const to = new URL(ctx.response.raw.url);
  if (!ctx.response.raw.redirected || to.pathname === location.pathname) return;
  event.preventDefault();
  if (to.pathname === "/signin") to.search = keep(ctx);
  location.assign(to);
});

// What has no place in a dialog (the order is gone) is seen by loading the page; what is no page at
// all (the server broke down) takes the place of nothing.
document.addEventListener("htmx:before:swap", (event) => {
  const { target, text } = event.detail.ctx;
  const into = at(target);
  if (into === "dialog-content" && text.includes('<main id="page"') && !text.includes('<section id="dialog-content" class')) {
    event.preventDefault();
    location.reload();
  } else if (["page", "dialog-content"].includes(into) && !text.includes('<main id="page"')) {
    event.preventDefault();
    unreachable(event);
  }
});

// A notice stands where it can be seen and read out: in the dialog, if one is open.
const say = (notice) => {
  const dialog = document.querySelector("dialog[open]");
  if (dialog) dialog.prepend(notice);
  else document.getElementById("page").before(notice);
  notice.hidden = false;
};

// Without an answer nobody knows whether a change was made, until a page shows the order. What was
// scanned meanwhile is named as long as the page is there, as nobody looks after each scan.
const UNSURE = "No connection: your last change may or may not have been saved. Try again in a moment.";
let unsure = false;
const unreachable = (event) => {
  const ctx = event.detail.ctx;
  const asked = ctx?.sourceElement;
  const change = asked instanceof HTMLFormElement && ctx.request.method === "POST";
  if (ctx && change) not_arrived(ctx);
  const says = document.getElementById("unreachable");
  if (change || !unsure) says.textContent = change ? asked.dataset.unsure ?? UNSURE : "No connection. Try again in a moment.";
  unsure ||= change;
  say(says);
};
document.addEventListener("htmx:error", unreachable);
const reached = () => {
  const says = document.getElementById("unreachable");
  says.hidden = !scans.size;
  if (scans.size) says.textContent = `Perhaps not added: ${[...scans].join(", ")}. Compare with the items, and scan again what is missing.`;
};
document.addEventListener("htmx:after:request", () => { if (!unsure) reached(); });
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (at(ctx.target) !== "page") return;
  unsure = false;
  reached();
});

// What takes a moment says so. The buttons of a form that is on its way look it; they are not
// disabled, as that would take the focus away, and what is sent twice is sent once anyway.
const waiting = new Map();
const buttons_of = (ctx) => ctx.sent?.form.querySelectorAll("button") ?? [];
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  waiting.set(ctx, setTimeout(() => {
    document.documentElement.dataset.busy = "";
    if (!ctx.sent) return;
    document.getElementById("busy").textContent = "Saving…";
    for (const button of buttons_of(ctx)) button.setAttribute("aria-disabled", "true");
  }, 150));
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  clearTimeout(waiting.get(ctx));
  waiting.delete(ctx);
  for (const button of buttons_of(ctx)) button.removeAttribute("aria-disabled");
  if (waiting.size) return;
  delete document.documentElement.dataset.busy;
  document.getElementById("busy").textContent = "";
});

document.addEventListener("htmx:after:swap", (event) => {
  const { response, target, sent: request } = event.detail.ctx;
  if (at(target) !== "page") return;
  const current = !request || (sent.get(request.form) === request && !typed.has(request.form));
  if (response.status < 400 && current && request) {
    for (const form of [request.form, ...request.others]) if (!typed.has(form)) form.reset();
  }
  // What was typed since it was sent stays as it is, and so does the focus: who types on elsewhere by
  // then is not moved, as the rest of it would take the place of what is wrong.
  const wrong = current && response.status >= 400 && document.querySelector("#page [aria-invalid=true]");
  const here = document.activeElement;
  const elsewhere = here?.closest("dialog") || (typed.has(here?.form) && here.form !== request?.form);
  if (wrong && !elsewhere) {
    wrong.focus();
    wrong.select?.(); // so that what is scanned or typed next takes its place
  }
  else go_to_next(document.getElementById("page"));
});

// The focus is never lost: it goes to what is done next. Not by `autofocus`, which would take it
// away from a field whenever a part of the page is renewed.
const go_to_next = (otherwise, how) => {
  if (document.activeElement === document.body) (document.querySelector("#page [data-next]") ?? otherwise)?.focus(how);
};
// A page is read from its top, wherever its first field is.
document.addEventListener("DOMContentLoaded", () => go_to_next(null, { preventScroll: true }));

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("hx-post") || form.hasAttribute("hx-get")) return;
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) event.preventDefault();
});
