// Drives one page in a headless Chromium by a list of commands, and prints what they gave and what the page asked of the network.
// node drive.mjs <chromium> <folder with node_modules> <folder for downloads> < commands.json
// A person with a keyboard is played by "pick", "type" and "push": they only press keys.
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [chromium, modules, downloads] = process.argv.slice(2);
const require = createRequire(join(modules, "package.json"));
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const browser = await puppeteer.launch({
  executablePath: chromium,
  userDataDir: mkdtempSync(join(tmpdir(), "trustmeter-")),
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
const page = await browser.newPage();
const client = await page.createCDPSession();
await client.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: downloads });
const requests = [];
const complaints = [];
page.on("request", (request) => { if (!/^(file|blob):/.test(request.url())) requests.push(request.url()); });
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("console", (message) => { if (message.type() !== "log") complaints.push(message.text()); });

const reach = async (what, test, argument) => {
  for (let press = 0; press < 150; press += 1) {
    if (await page.evaluate(test, argument)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`The keyboard does not reach ${what}.`);
};

const verbs = {
  open: async (path, width = 1100, height = 900) => {
    await page.setViewport({ width, height });
    await page.goto(`file://${path}`, { waitUntil: "load" });
    await page.setOfflineMode(true);
  },
  size: (width, height = 900) => page.setViewport({ width, height }),
  reload: async () => {
    await page.setOfflineMode(false);
    await page.reload({ waitUntil: "load" });
    await page.setOfflineMode(true);
  },
  pick: async (item, code) => {
    await reach(item, (name) => document.activeElement?.name === name, item);
    for (let press = 0; press < 20; press += 1) {
      const [held, here] = await page.evaluate(() => [document.querySelector(`[name="${document.activeElement.name}"]:checked`)?.value ?? null, document.activeElement.value]);
      if (held === code) return;
      await page.keyboard.press(held === null && here === code ? "Space" : "ArrowDown");
    }
    throw new Error(`The keyboard does not choose ${code} in ${item}.`);
  },
  type: async (id, text) => {
    await reach(id, (wanted) => document.activeElement?.id === wanted, id);
    await page.keyboard.down("Control");
    await page.keyboard.press("a");
    await page.keyboard.up("Control");
    await page.keyboard.type(text);
  },
  push: async (text) => {
    const isIt = (wanted) => document.activeElement?.tagName === "BUTTON" && document.activeElement.checkVisibility() && document.activeElement.textContent === wanted;
    await reach(text, isIt, text);
    await page.keyboard.press("Enter");
  },
  read: (code) => page.evaluate(code),
  do: async (code) => { await page.evaluate(code); },
  tree: async () => page.accessibility.snapshot({ interestingOnly: false }),
  shot: (path) => page.screenshot({ path, fullPage: true }),
  later: async (seconds) => {
    await page.evaluate((ahead) => { const now = Date.now.bind(Date); Date.now = () => now() + ahead * 1000; }, seconds);
    await new Promise((done) => { setTimeout(done, 1300); });
  },
  hold: async (selector) => {
    const box = await (await page.$(selector)).boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await new Promise((done) => { setTimeout(done, 1800); });
    await page.mouse.up();
  },
  check: async () => {
    await page.evaluate(axe);
    const found = [];
    const before = page.viewport();
    for (const width of [1100, 320]) {
      await page.setViewport({ width, height: 900 });
      const { violations, passes } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values } }), RULES);
      if (passes.length < 10) found.push({ id: "hardly a rule was tried", width });
      found.push(...violations.map(({ id, help, nodes }) => ({ id, help, width, nodes: nodes.slice(0, 3).map((node) => node.target.join(" ")) })));
      if (await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)) found.push({ id: "scrolls sideways", width });
    }
    await page.setViewport(before);
    return found;
  },
  fetched: async (count) => {
    for (let wait = 0; wait < 100; wait += 1) {
      const names = readdirSync(downloads).filter((name) => !name.endsWith(".crdownload") && !name.startsWith("."));
      if (names.length >= count) return names.sort();
      await new Promise((done) => { setTimeout(done, 50); });
    }
    throw new Error("The download did not come.");
  },
};

const results = [];
try {
  for (const [verb, ...rest] of JSON.parse(readFileSync(0, "utf8"))) {
    const gave = await verbs[verb](...rest);
    if (["read", "check", "fetched", "tree"].includes(verb)) results.push(gave ?? null);
  }
} catch (error) {
  complaints.push(`${error}\n${await page.evaluate(() => document.body.innerText).catch(() => "")}`);
}
console.log(JSON.stringify({ results, requests, complaints }));
await browser.close();
