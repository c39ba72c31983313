// What was asked and what was answered: no screen, no storage. The same rules as when the answers are read.

// true, false, or null where the answer that the condition needs is missing.
const evaluate = (condition, answers) => {
  if (condition === null) return true;
  const [kind, first, second] = condition;
  if (kind === "in") return Object.hasOwn(answers, first) ? second.includes(answers[first]) : null;
  if (kind === "not") {
    const inner = evaluate(first, answers);
    return inner === null ? null : !inner;
  }
  const parts = first.map((part) => evaluate(part, answers));
  const decisive = kind === "or";
  if (parts.includes(decisive)) return decisive;
  return parts.includes(null) ? null : !decisive;
};

const itemsOf = (form) => form.sections.flatMap((section) => section.items);

// For each item true, false or null; an answer to a question that is not asked decides nothing.
const verdicts = (form, answers) => {
  const counted = {};
  const found = {};
  for (const item of itemsOf(form)) {
    found[item.id] = evaluate(item.when, counted);
    if (found[item.id] === true && Object.hasOwn(answers, item.id)) counted[item.id] = answers[item.id];
  }
  return found;
};

const asksNow = (form, section, answers) => {
  const found = verdicts(form, answers);
  return section.items.some((item) => found[item.id] === true);
};

// Sections that are asked, and those that may still be.
const countSections = (form, answers) => {
  const found = verdicts(form, answers);
  return form.sections.filter((section) => section.items.some((item) => found[item.id] !== false)).length;
};

// For each item its code or words; "" where it was left blank, null where it was not asked or not reached.
const cellsOf = (form, answers, seen) => {
  const found = verdicts(form, answers);
  const cells = {};
  for (const section of form.sections) {
    for (const { id } of section.items) {
      const blank = seen.includes(section.id) ? "" : null;
      cells[id] = found[id] === true ? (Object.hasOwn(answers, id) ? answers[id] : blank) : null;
    }
  }
  return cells;
};

// The number that was written, with a point, or null.
const readNumber = (text) => {
  const plain = text.trim().replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660)).replace(/[,٫]/, ".");
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(plain) ? plain.replace(/^(-?)0+(?=\d)/, "$1") : null;
};

const inRange = (scale, number) =>
  (scale.minimum === null || Number(number) >= scale.minimum) && (scale.maximum === null || Number(number) <= scale.maximum);

const RESPONDENT_SIGNS = "abcdefghjkmnpqrstuvwxyz";

const newRespondent = () =>
  Array.from(crypto.getRandomValues(new Uint32Array(12)), (random) => RESPONDENT_SIGNS[random % RESPONDENT_SIGNS.length]).join("");

// One row a person: the columns that say who, where and how, then the items.
const rowOf = (form, record) => {
  const row = {};
  for (const [role, heading] of Object.entries(form.headings)) {
    row[heading] = role in record ? record[role] : form[role === "questionnaire" ? "id" : role];
  }
  return { ...row, ...record.cells };
};

// All texts stand between quotation marks, so that an empty one (left blank) is not nothing (not asked). Every line ends
// with an empty text without a heading: it shows a reader that empty texts are marked here.
// A text that a spreadsheet would take for a formula gets an apostrophe; numbers stay as they are.
const csvCell = (value, isNumber) => {
  if (value === null) return "";
  const text = String(value);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};

const csvOf = (form, records) => {
  const headings = [...Object.values(form.headings), ...itemsOf(form).map((item) => item.id)];
  const numbers = new Set(itemsOf(form).filter((item) => form.scales[item.scale].type === "number").map((item) => item.id));
  const lines = records.map((record) => rowOf(form, record)).map((row) => headings.map((name) => csvCell(row[name], numbers.has(name))));
  return `\ufeff${[headings.map((name) => csvCell(name, false)), ...lines].map((line) => `${line.join(",")},""`).join("\r\n")}\r\n`;
};

const jsonOf = (form, records) => `${JSON.stringify(records.map((record) => rowOf(form, record)), null, 1)}\n`;
