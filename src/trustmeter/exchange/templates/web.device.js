// What the device keeps: settings of the team, the answers of the person who is answering, and finished forms.

const form = JSON.parse(document.getElementById("form").textContent);
const FAMILY = `trustmeter/${form.id}/`;
const PLACE = `${FAMILY}${form.version}/${form.fingerprint}/`;
const WARNING_SECONDS = 30;

const trouble = { failed: false };

const kept = (name) => {
  try {
    return JSON.parse(localStorage.getItem(PLACE + name));
  } catch {
    return null;
  }
};

const keep = (name, value) => {
  try {
    localStorage.setItem(PLACE + name, JSON.stringify(value));
    trouble.failed = false;
  } catch {
    trouble.failed = true;
  }
  return !trouble.failed;
};

const forget = (name) => {
  try {
    localStorage.removeItem(PLACE + name);
  } catch {
    trouble.failed = true;
  }
};

const records = () => kept("records") ?? [];

// Forms of other versions of this questionnaire that are still on the device.
const strangers = () => {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(FAMILY) && !name.startsWith(PLACE));
    return names.filter((name) => name.endsWith("/records")).reduce((sum, name) => sum + JSON.parse(localStorage.getItem(name)).length, 0);
  } catch {
    return 0;
  }
};

const settings = () => kept("settings");

const freshDraft = (language) => ({
  respondent: newRespondent(), language, answers: {}, rough: {}, seen: [], warned: [], section: null, begun: 0, touched: Date.now(),
});

let draft = freshDraft(form.languages[0].tag);

const saveDraft = () => {
  draft.touched = Date.now();
  return keep("draft", draft);
};

// Puts the person's answers among the finished forms, once; false when the device did not take them.
const storeRecord = (complete) => {
  const { wave = "", zone = "", mode = "" } = settings() ?? {};
  const until = complete ? Date.now() : draft.touched;
  const record = {
    respondent: draft.respondent, wave, zone, language: draft.language, mode,
    seconds: draft.begun ? Math.max(0, Math.round((until - draft.begun) / 1000)) : "",
    complete: complete ? 1 : 0, cells: cellsOf(form, draft.answers, draft.seen), fetched: false,
  };
  const others = records().filter((other) => other.respondent !== record.respondent);
  return keep("records", [...others, record]);
};

const dropDraft = () => {
  forget("draft");
  draft = freshDraft(form.languages[0].tag);
};

// Answers of a person who went away stay, as broken off, once a gate such as consent was passed.
const putAside = () => {
  const passed = draft.seen.length > 0 && Object.keys(draft.answers).length > 0;
  const known = records().some((record) => record.respondent === draft.respondent);
  if (passed && !known && !storeRecord(false)) return false;
  dropDraft();
  return true;
};

// After a reload: the same person goes on, unless nobody has touched the page for longer than it waits.
const resume = () => {
  const found = kept("draft");
  if (!found) return;
  draft = { ...freshDraft(form.languages[0].tag), ...found };
  const waits = Number(settings()?.idle ?? 0);
  const gone = waits > 0 && Date.now() - draft.touched > (waits + WARNING_SECONDS) * 1000;
  if (gone || records().some((record) => record.respondent === draft.respondent)) putAside();
};
