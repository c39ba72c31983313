// Fills in forms in a headless Chromium, as a person does: chooses the language, reads the questions, chooses answers, sends.
// node fill.mjs CHROMIUM JOBS.json, where the file, which lies in a folder of its own, holds a list of
// {"form": path of the XForm, "language": "Français (fr)", "answers": [[text of the question, code, text of the answer]],
//  "width": pixels, "picture": path of a PNG, "top": and "height": what of the page it shows,
//  "early": whether to send once before anything is filled in}; what is not there is not done
// Prints one JSON line a job: {"sent": XML, "told": [messages after sending early], "shown": texts of all questions shown,
//  "requests": [addresses outside the page], "errors": [messages of the page]}
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

const [chromium, jobs] = process.argv.slice(2);
const folder = dirname(jobs);
const blank = join(folder, "blank.html");
writeFileSync(blank, '<!doctype html><html lang="en"><meta charset="utf-8"><title>Form</title><body><div id="form"></div></html>');
const script = join(folder, "page.js");
await build({
  entryPoints: [join(dirname(fileURLToPath(import.meta.url)), "page.js")],
  outfile: script, bundle: true, format: "esm", minify: true, logLevel: "error",
  define: { "process.env.NODE_ENV": '"production"' },
});

const plain = (text) => text.replace(/[\u2060\u2066-\u2069]/g, "").replace(/\s+/g, " ").trim();

async function chooseLanguage(page, language) {
  const menus = await page.$$(".language-changer");
  for (const menu of menus) {
    if (!(await menu.isVisible()) || (await menu.evaluate((one) => one.innerText.trim())) === language) continue;
    await menu.click();
    await page.waitForSelector("[role=option]");
    for (const option of await page.$$("[role=option]")) {
      if ((await option.evaluate((one) => one.innerText.trim())) === language) { await option.click(); break; }
    }
  }
  await page.waitForFunction((wanted) => [...document.querySelectorAll(".language-changer [role=combobox]")]
    .some((one) => one.innerText.trim() === wanted), {timeout: 10000}, language);
}

const questions = (page) => page.evaluate(() => [...document.querySelectorAll(".question-container")].map((box) => ({
  id: box.id, text: box.querySelector(".control-text label")?.innerText ?? "", choices: box.querySelectorAll("input").length,
})));

async function answer(page, [question, code, words]) {
  const place = async () => (await questions(page)).find((one) => one.choices && plain(one.text) === plain(question));
  let found = await place();
  for (let tries = 0; !found && tries < 40; tries += 1) {
    await new Promise((done) => setTimeout(done, 50));
    found = await place();
  }
  if (!found) throw new Error(`The form does not show the question ${question}`);
  const label = await page.evaluate((id, wanted, type) => {
    const input = [...document.getElementById(id).querySelectorAll("input")].find((one) => type || one.value === wanted);
    if (type) { input.focus(); return null; }
    input.click();
    return input.closest("label").querySelector(".text-content").textContent;
  }, found.id, code, words === null);
  if (words === null) await page.keyboard.type(code);
  else if (plain(label) !== plain(words)) throw new Error(`The answer ${code} reads ${label}`);
}

const send = (page) => page.evaluate(() => {
  [...document.querySelectorAll("button")].find((one) => one.closest(".form-wrapper") && /send/i.test(one.innerText)).click();
});

async function fill(browser, job) {
  const page = await browser.newPage();
  const requests = [];
  const errors = [];
  page.on("request", (request) => { if (!/^(file|data|blob):/.test(request.url())) requests.push(request.url()); });
  page.on("pageerror", (error) => errors.push(error.message));
  await page.setViewport({ width: job.width ?? 1000, height: 900 });
  await page.goto(`file://${blank}`);
  await page.addScriptTag({ path: script, type: "module" });
  await page.waitForFunction("window.showForm");
  await page.evaluate((form) => window.showForm(form), readFileSync(job.form, "utf8"));
  await page.waitForSelector(".question-container");
  await chooseLanguage(page, job.language);
  let told = [];
  if (job.early) {
    await send(page);
    await page.waitForFunction(() => [...document.querySelectorAll(".validation-message")].some((one) => one.innerText));
    told = await page.evaluate(() => [...document.querySelectorAll(".validation-message")].map((one) => one.innerText).filter(Boolean));
  }
  for (const one of job.answers) await answer(page, one);
  const shown = (await questions(page)).map((one) => plain(one.text));
  if (job.picture) {
    await page.evaluate(() => window.scrollTo(0, 0));
    await new Promise((done) => setTimeout(done, 600));
    await page.screenshot({ path: job.picture, clip: { x: 0, y: job.top ?? 0, width: job.width ?? 1000, height: job.height ?? 900 }, captureBeyondViewport: true });
  }
  await send(page);
  await page.waitForFunction("window.sent", { timeout: 10000 });
  const sent = await page.evaluate("window.sent");
  await page.close();
  return { sent, told, shown, requests, errors };
}

const browser = await puppeteer.launch({
  executablePath: chromium,
  userDataDir: join(folder, "profile"),
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
try {
  for (const job of JSON.parse(readFileSync(jobs, "utf8"))) console.log(JSON.stringify(await fill(browser, job)));
} finally {
  await browser.close();
}
