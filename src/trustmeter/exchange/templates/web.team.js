// What the survey team sees: settings, forms on the device, downloads; and what the page does when a person goes away.

const USUAL_WAIT = 90;
const LONG_PRESS = 1500;

let lastTouch = Date.now();
let wipeAsked = false;

const ask = (title, text, ...buttons) => {
  document.getElementById("ask")?.remove();
  const dialog = make("dialog", { id: "ask", role: "alertdialog", "aria-labelledby": "ask-title", "aria-describedby": "ask-text" },
    say("h2", title, { id: "ask-title" }), make("div", { id: "ask-text" }, text), make("p", { class: "move" }, ...buttons));
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
};

const closeAsk = () => document.getElementById("ask")?.close();

const askToStop = () => {
  ask("stop", say("p", "stop_sure"),
    button("stop_no", closeAsk, { class: "main", autofocus: true }), button("stop_yes", () => { closeAsk(); startOver(); }));
};

const counts = () => {
  const all = records();
  const whole = all.filter((record) => record.complete === 1).length;
  return { whole, broken: all.length - whole, fresh: all.filter((record) => !record.fetched).length, all: all.length };
};

const entry = (name, value, attributes = {}) => {
  const input = make("input", { id: `set-${name}`, type: "text", autocomplete: "off", maxlength: 40, value, ...attributes });
  return make("p", { class: "entry" }, say("label", `set_${name}`, { for: input.id }), input);
};

const saveSettings = (event) => {
  event.preventDefault();
  const value = (name) => document.getElementById(`set-${name}`).value.trim();
  const idle = /^\d{1,4}$/.test(value("idle")) ? Number(value("idle")) : -1;
  const wrong = ["wave", "zone", "mode"].find((name) => value(name) === "") ?? (idle === 0 || idle >= 20 ? null : "idle");
  if (wrong) {
    document.getElementById("set-wrong").replaceChildren(say("p", "set_wrong"));
    return document.getElementById(`set-${wrong}`).focus();
  }
  keep("settings", { wave: value("wave"), zone: value("zone"), mode: value("mode"), idle });
  return leaveTeam();
};

const leaveTeam = () => {
  screen = "person";
  wipeAsked = false;
  if (location.hash === "#operator") location.hash = "";
  render();
  arrive();
};

const download = (name, ending, kind, write) => {
  const all = records();
  const { wave = "", zone = "" } = settings() ?? {};
  const day = new Date().toLocaleDateString("sv");
  const parts = [form.id, form.version, zone, wave, day, `${all.length}`].map((part) => part.replace(/[^\p{L}\p{N}.-]+/gu, "-"));
  const address = URL.createObjectURL(new Blob([write(form, all)], { type: kind }));
  const link = make("a", { href: address, download: `${parts.join("_")}.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
  keep("records", all.map((record) => ({ ...record, fetched: true })));
  render();
  document.getElementById(name).focus();
};

const wipe = () => {
  forget("records");
  dropDraft();
  wipeAsked = false;
  render();
  main.querySelector("#held").focus();
};

const askToWipe = (asked) => {
  wipeAsked = asked;
  render();
  main.querySelector(asked ? "#keep" : "#wipe").focus();
};

const heldForms = () => {
  const { whole, broken, fresh, all } = counts();
  const others = strangers();
  const wiping = wipeAsked
    ? [say("p", "wipe_sure", { class: "alarm" }, { n: all }), fresh > 0 && say("p", "wipe_fresh", { class: "alarm" }, { n: fresh }),
      make("p", { class: "move" }, button("wipe_no", () => askToWipe(false), { id: "keep" }), button("wipe_yes", wipe, { id: "wipe-yes" }))]
    : [make("p", { class: "move" }, button("wipe", () => askToWipe(true), { id: "wipe", disabled: all === 0 }))];
  return [
    say("h3", "held", { id: "held", tabindex: "-1" }),
    say("p", "held_counts", { id: "counts" }, { whole, broken }),
    say("p", "held_fresh", {}, { n: fresh }),
    others > 0 && say("p", "strangers", { class: "alarm" }, { n: others }),
    make("p", { class: "move" },
      button("csv", () => download("csv", "csv", "text/csv;charset=utf-8", csvOf), { id: "csv", disabled: all === 0 }),
      button("json", () => download("json", "json", "application/json", jsonOf), { id: "json", disabled: all === 0 })),
    say("p", "fetch_why"), ...wiping,
  ];
};

const panel = () => {
  const { wave = "", zone = "", mode = "tablet", idle = USUAL_WAIT } = settings() ?? {};
  show("team", say("h2", "team"), say("p", "team_why"),
    make("form", { novalidate: true, autocomplete: "off", onsubmit: saveSettings },
      entry("wave", wave), entry("zone", zone), entry("mode", mode), entry("idle", String(idle), { inputmode: "numeric" }),
      make("div", { id: "set-wrong", class: "open-list", role: "alert" }),
      make("p", { class: "move" }, say("button", "set", { type: "submit", class: "main" }))),
    ...heldForms());
};

const openTeam = () => {
  closeAsk();
  screen = "team";
  dress();
  render();
  arrive();
};

// Warns first; whoever does not answer has gone away, and the next person must not see the answers.
const watch = () => {
  const { idle = 0 } = settings() ?? {};
  const still = (Date.now() - lastTouch) / 1000;
  const warning = document.getElementById("ask")?.classList.contains("idle");
  if (idle === 0 || still < idle) return warning && closeAsk();
  if (screen !== "person" || draft.section === null) return leaveIdle();
  if (still >= idle + WARNING_SECONDS) return sendHome();
  if (!warning) ask("idle", make("p", {}), button("idle_yes", () => { lastTouch = Date.now(); closeAsk(); }, { class: "main", autofocus: true })).classList.add("idle");
  const seconds = Math.max(1, Math.ceil(idle + WARNING_SECONDS - still));
  return document.querySelector("#ask-text p").replaceWith(say("p", "idle_why", {}, { n: seconds }));
};

const leaveIdle = () => {
  const asIs = screen === "person" && draft.language === form.languages[0].tag;
  lastTouch = Date.now();
  if (asIs) return;
  if (screen === "team") leaveTeam();
  else startOver();
};

const sendHome = () => {
  closeAsk();
  lastTouch = Date.now();
  putAside();
  startOver();
};

const openBy = document.getElementById("identity");
let pressing = 0;
const release = () => clearTimeout(pressing);
openBy.addEventListener("pointerdown", () => { release(); pressing = setTimeout(openTeam, LONG_PRESS); });
for (const name of ["pointerup", "pointercancel", "pointerleave"]) openBy.addEventListener(name, release);
openBy.addEventListener("contextmenu", (event) => event.preventDefault());

for (const name of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) {
  addEventListener(name, () => { lastTouch = Date.now(); }, { capture: true, passive: true });
}
addEventListener("hashchange", () => { if (location.hash === "#operator") openTeam(); });
addEventListener("pagehide", () => { if (screen === "person" && draft.section !== null) saveDraft(); });

keep("probe", 1);
forget("probe");
resume();
if (settings() === null || location.hash === "#operator") screen = "team";
dress();
render();
setInterval(watch, 1000);
