// Opens pages in a headless Chromium, runs axe on each, and prints one JSON line a page:
// {"page", "violations": [{"id", "impact", "help", "nodes", "width"}], "requests": [addresses outside the file],
//  "overflow": [widths in pixels at which the page itself scrolls sideways],
//  "printed": {"first": millimetres that page one takes on A4, "wide": whether print is wider than the paper}}
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1100, 320];
const PAPER = 680; // 180 mm between the margins of an A4 page, at 96 pixels an inch
const [chromium, ...pages] = process.argv.slice(2);

const browser = await puppeteer.launch({
  executablePath: chromium,
  userDataDir: mkdtempSync(join(tmpdir(), "trustmeter-")),
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
for (const address of pages) {
  const page = await browser.newPage();
  const requests = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("file://") && !request.url().startsWith("data:")) requests.push(request.url());
  });
  await page.goto(`file://${address}`, { waitUntil: "load" });
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
  await page.evaluate(axe);
  const told = [];
  const overflow = [];
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: 900 });
    const { violations } = await page.evaluate(() => window.axe.run(document));
    told.push(...violations.map(({ id, impact, help, nodes }) => ({
      id, impact, help, width, nodes: nodes.slice(0, 3).map((node) => node.target.join(" ")),
    })));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    if (wide) overflow.push(width);
  }
  await page.evaluate(() => document.querySelectorAll("section:not(.appendix) details").forEach((details) => { details.open = false; }));
  await page.emulateMediaType("print");
  await page.setViewport({ width: PAPER, height: 1000 });
  const printed = await page.evaluate((paper) => {
    const first = document.getElementById("page-one");
    const millimetres = (pixels) => (pixels * 180) / paper;
    return {
      first: first ? millimetres(first.getBoundingClientRect().bottom + window.scrollY) : 0,
      wide: [...document.querySelectorAll("main > section:not(.appendix) table, #page-one *")].some(
        (one) => one.getBoundingClientRect().right > paper + 1,
      ),
    };
  }, PAPER);
  console.log(JSON.stringify({ page: address, violations: told, requests, overflow, printed }));
  await page.close();
}
await browser.close();
