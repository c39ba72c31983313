// What a person sees: a welcome, one section a step, a word of thanks.

let screen = "person";
let farewell = "stored";

const main = document.getElementById("main");
const language = () => form.languages.find((one) => one.tag === draft.language) ?? form.languages[0];
const told = (texts) => texts[language().tag];

const fill = (text, gaps = {}) => text.replace(/\{(\w+)\}/g, (whole, name) => gaps[name] ?? whole);
const word = (name, gaps) => fill(language().words[name], gaps);

// In a right-to-left text "65+" and "16-24" stay in their order.
const setText = (node, text) => {
  const parts = language().direction === "rtl" ? text.split(/([0-9]+(?:[-–./,:][0-9]+)*[+%]?)/) : [text];
  node.replaceChildren(...parts.map((part, place) => {
    if (place % 2 === 0) return document.createTextNode(part);
    const number = document.createElement("bdi");
    number.dir = "ltr";
    number.textContent = part;
    return number;
  }));
  return node;
};

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") setText(node, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};

// A word of the page itself, marked with its language where the questionnaire's language has no such words.
const say = (tag, name, attributes = {}, gaps = {}) => {
  const { tag: spoken, words_language: words, words_direction: direction } = language();
  const marked = words === spoken ? {} : { lang: words, dir: direction };
  return make(tag, { ...marked, ...attributes, text: word(name, gaps) });
};

const button = (name, act, attributes = {}, gaps = {}) => say("button", name, { type: "button", onclick: act, ...attributes }, gaps);

const show = (kind, ...children) => {
  main.className = kind;
  const alarm = trouble.failed ? [say("p", "not_kept", { class: "alarm", role: "alert" })] : [];
  main.replaceChildren(...alarm, ...children.filter(Boolean));
  const top = main.querySelector("h2");
  document.title = top ? `${top.textContent} – ${told(form.title)}` : told(form.title);
};

const arrive = () => {
  const top = main.querySelector("h2") ?? document.getElementById("title");
  top.tabIndex = -1;
  window.scrollTo(0, 0);
  top.focus({ preventScroll: true });
};

const paragraphs = (text) => text.split(/\n+/).filter((line) => line.trim()).map((line) => make("p", { text: line }));

const dress = () => {
  const { tag, direction, note } = language();
  Object.assign(document.documentElement, { lang: tag, dir: direction });
  setText(document.getElementById("title"), told(form.title));
  document.getElementById("note").textContent = note;
  const row = document.getElementById("languages");
  row.hidden = form.languages.length < 2;
  row.setAttribute("aria-label", word("language"));
  if (row.children.length === 0) {
    row.append(...form.languages.map((one) => make("button", { type: "button", lang: one.tag, dir: one.direction, text: one.name, onclick: () => speak(one.tag) })));
  }
  [...row.children].forEach((one, place) => one.setAttribute("aria-pressed", String(form.languages[place].tag === tag)));
};

const speak = (tag) => {
  draft.language = tag;
  if (draft.section !== null) saveDraft();
  dress();
  render();
};

const welcome = () => {
  show("welcome", ...paragraphs(told(form.introduction)), make("p", { class: "move" }, button("start", begin, { class: "main" })));
};

const begin = () => {
  draft.begun = Date.now();
  go(0, 1);
};

// Goes from a place to the next section that is asked, forwards or backwards; past the last one it is finished.
const go = (from, step) => {
  let place = from;
  while (form.sections[place] && !asksNow(form, form.sections[place], draft.answers)) place += step;
  if (place >= form.sections.length) return finish();
  draft.section = place < 0 ? null : form.sections[place].id;
  saveDraft();
  render();
  return arrive();
};

const placeNow = () => form.sections.findIndex((section) => section.id === draft.section);

const answered = (id) => Object.hasOwn(draft.answers, id);

const setAnswer = (id, value) => {
  if (value === "") delete draft.answers[id];
  else draft.answers[id] = value;
  saveDraft();
  refresh();
};

// Shows what is asked now, and takes marks off questions that have an answer.
const refresh = () => {
  const found = verdicts(form, draft.answers);
  for (const node of main.querySelectorAll("fieldset[data-item]")) {
    const id = node.dataset.item;
    node.hidden = found[id] !== true;
    node.querySelector(".clear").hidden = !answered(id);
    if (answered(id)) unmark(node);
  }
};

const unmark = (node) => {
  node.classList.remove("open");
  node.querySelector(".left").hidden = true;
};

const choices = (item, options, kind) => {
  const list = options.map(({ code, text }) => {
    const input = make("input", { type: "radio", name: item.id, value: code, autocomplete: "off", onchange: () => choose(item, code) });
    input.checked = draft.answers[item.id] === code;
    return make("label", {}, input, make("span", { text: told(text) }));
  });
  return list.length ? make("div", { class: `${kind} of${list.length}` }, ...list) : null;
};

const choose = (item, code) => {
  const field = fieldOf(item.id).querySelector("[data-written]");
  if (field) field.value = "";
  delete draft.rough[item.id];
  setAnswer(item.id, code);
};

const fieldOf = (id) => main.querySelector(`fieldset[data-item="${id}"]`);

// A number or words; what cannot be read as a number within its range is told beside it and never kept.
const written = (item, scale) => {
  const isNumber = scale.type === "number";
  const bounded = scale.minimum !== null && scale.maximum !== null;
  // A text that may be refused like a fact is a fact: a letter, a name. It needs no room for a story.
  const isShort = isNumber || scale.options.length > 0;
  const hint = isNumber ? (bounded ? say("label", "number_between", {}, { low: scale.minimum, high: scale.maximum }) : say("label", "number"))
    : !isShort && say("label", "words");
  const field = make(isShort ? "input" : "textarea", {
    id: `written-${item.id}`, "data-written": true, autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    "aria-describedby": `left-${item.id}`, ...(isShort ? { type: "text" } : { rows: 3 }),
    ...(isNumber ? { inputmode: scale.minimum !== null && scale.minimum >= 0 ? "decimal" : "text" } : { maxlength: 2000 }),
    ...(hint ? {} : { "aria-labelledby": `legend-${item.id}` }),
    oninput: () => write(item, scale, field),
  });
  if (hint) hint.htmlFor = field.id;
  field.value = draft.rough[item.id] ?? "";
  return make("div", { class: "written" }, ...[hint, field].filter(Boolean));
};

const write = (item, scale, field) => {
  fieldOf(item.id).querySelectorAll("input[type=radio]").forEach((radio) => { radio.checked = false; });
  draft.rough[item.id] = field.value;
  const number = readNumber(field.value);
  const fits = scale.type === "text" || (number !== null && inRange(scale, number));
  setAnswer(item.id, fits ? (scale.type === "text" ? field.value.trim() : number) : "");
  field.setAttribute("aria-invalid", "false");
};

const clear = (item) => {
  const node = fieldOf(item.id);
  node.querySelectorAll("input[type=radio]").forEach((radio) => { radio.checked = false; });
  node.querySelectorAll("[data-written]").forEach((field) => { field.value = ""; });
  delete draft.rough[item.id];
  setAnswer(item.id, "");
  node.querySelector("input, textarea").focus();
};

const question = (item, number) => {
  const scale = form.scales[item.scale];
  const left = make("p", { class: "left", id: `left-${item.id}`, hidden: true });
  const isWritten = scale.type === "number" || scale.type === "text";
  const body = [isWritten && written(item, scale), isWritten && scale.options.length > 0 && say("p", "or_else"),
    choices(item, scale.options.filter((option) => !option.apart), scale.type === "ordinal" ? "line" : "list"),
    choices(item, scale.options.filter((option) => option.apart), "apart"),
    button("clear", () => clear(item), { class: "clear quiet", hidden: true, "aria-describedby": `legend-${item.id}` })];
  return make("fieldset", { "data-item": item.id, hidden: true, "aria-describedby": left.id },
    make("legend", { id: `legend-${item.id}`, text: `${number}. ${told(item.text)}` }), left, ...body.filter(Boolean));
};

const step = () => {
  const place = placeNow();
  const section = form.sections[place];
  const first = form.sections.slice(0, place).reduce((sum, one) => sum + one.items.length, 1);
  const before = form.sections.slice(0, place + 1).filter((one) => asksNow(form, one, draft.answers)).length;
  show("step",
    say("p", "part", { class: "progress" }, { n: before, total: countSections(form, draft.answers) }),
    make("h2", { text: told(section.title) }),
    section.optional && say("p", "optional", { class: "optional" }),
    ...paragraphs(told(section.text)),
    make("form", { novalidate: true, autocomplete: "off", onsubmit: leave },
      ...section.items.map((item, index) => question(item, first + index)),
      make("div", { id: "open", class: "open-list", role: "alert" }),
      make("p", { class: "move" }, say("button", "next", { type: "submit", class: "main" }), button("back", () => go(place - 1, -1)))),
    make("p", { class: "stop" }, button("stop", askToStop, { class: "quiet" })));
  refresh();
};

// Questions of the step that are asked and have no answer; a written thing that is no number is one of them.
const openItems = (section) => {
  const found = verdicts(form, draft.answers);
  return section.items.filter((item) => found[item.id] === true && !answered(item.id));
};

const unreadable = (item) => (fieldOf(item.id)?.querySelector("[data-written]")?.value ?? "").trim() !== "";

// The first time questions left open are pointed out; the second time they stay blank. A gate needs an answer.
const leave = (event) => {
  event.preventDefault();
  const section = form.sections[placeNow()];
  const open = openItems(section);
  const insist = open.filter((item) => item.required || unreadable(item));
  const again = draft.warned.includes(section.id);
  if (open.length > 0 && (insist.length > 0 || !again)) return pointOut(section, open, insist);
  if (!draft.seen.includes(section.id)) draft.seen.push(section.id);
  return go(placeNow() + 1, 1);
};

const pointOut = (section, open, insist) => {
  if (insist.length === 0) draft.warned.push(section.id);
  saveDraft();
  main.querySelectorAll("fieldset").forEach(unmark);
  for (const item of open) {
    const node = fieldOf(item.id);
    const left = node.querySelector(".left");
    const scale = form.scales[item.scale];
    const range = scale.minimum !== null && scale.maximum !== null ? "number_range" : "number_wrong";
    const why = unreadable(item) ? say("span", range, {}, { low: scale.minimum, high: scale.maximum }) : say("span", "left");
    left.replaceChildren(why);
    left.hidden = false;
    node.classList.add("open");
    node.querySelector("[data-written]")?.setAttribute("aria-invalid", String(unreadable(item)));
  }
  const name = insist.length > 0 ? "needed" : open.length === 1 ? "open_one" : "open_many";
  document.getElementById("open").replaceChildren(say("p", name, {}, { n: open.length }));
  fieldOf((insist[0] ?? open[0]).id).querySelector("input, textarea").focus();
};

const finish = () => {
  const last = placeNow();
  if (!storeRecord(true)) return show("done", say("h2", "not_stored", { class: "alarm" }), say("p", "not_stored_why"),
    make("p", { class: "move" }, button("again", finish, { class: "main" })));
  const short = draft.seen.length < form.sections.length && last === 0;
  const spoken = draft.language;
  dropDraft();
  draft.language = spoken;
  return thank(short ? "nothing_more" : "stored");
};

const thank = (name) => {
  screen = "done";
  farewell = name;
  render();
  arrive();
};

const goodbye = () => {
  show("done", say("h2", "thanks"), say("p", farewell), say("p", "hand_over"), make("p", { class: "move" }, button("next_person", startOver, { class: "main" })));
};

const startOver = () => {
  dropDraft();
  screen = "person";
  dress();
  render();
  arrive();
};

const render = () => {
  const screens = { team: panel, done: goodbye, person: draft.section === null ? welcome : step };
  screens[screen]();
};
