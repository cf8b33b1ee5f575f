// Reviews the matches of a running service as a person would, in Debian's Chromium.
//   node review.mjs ORIGIN          the checks below
//   node review.mjs ORIGIN PNG      only a picture of the inbox
// The service needs four stories without a verdict or more, one of them with a hostile title,
// and a near miss. Prints one line for each check; ends with 1 if one failed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [origin, screenshot] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LISTS = ["/", "/near-misses", "/search", "/search?q=baku&order=best&language=en", "/feeds", "/deliveries"];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };

let failures = 0;
const check = (name, holds, found = "") => {
  console.log(`${holds ? "ok  " : "FAIL"} ${name}${holds ? "" : `: ${found}`}`);
  failures += holds ? 0 : 1;
};

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  // Root has no sandbox; the rest keeps Chromium from talking to anybody but us.
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update"],
});

// A page that reports what must never happen: errors, dialogs, requests to other places.
const surprises = [];
async function open(path, options = {}) {
  const context = await browser.newContext({ viewport: DESK, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("console", (message) => message.type() === "error" && surprises.push(message.text()));
  page.on("pageerror", (error) => surprises.push(String(error)));
  page.on("dialog", (dialog) => {
    surprises.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("response", (response) => response.status() >= 400 && surprises.push(`${response.status()} for ${response.request().method()} ${response.url()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin)) surprises.push(`request to ${request.url()}`);
  });
  await page.goto(origin + path);
  return page;
}

const left = async (page) => Number(await page.textContent("[data-left]"));

// Checks how many are left; the page's script may need a moment after the server's answer.
async function checkLeft(name, page, wanted) {
  const isThere = (count) => Number(document.querySelector("[data-left]").textContent) === count;
  const reached = await page.waitForFunction(isThere, wanted).then(() => true, () => false);
  check(name, reached, `${await left(page)} instead of ${wanted}`);
}

const focused = (page) => page.evaluate(() => document.activeElement.closest(".row")?.id);

// Presses a key and waits until the server has answered the form that the key sends.
async function send(page, key) {
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.keyboard.press(key);
  const answer = await answered;
  if (300 <= answer.status()) console.log(await answer.text());
  return answer.status();
}

// Clicks a button of a plain form and returns when the next page is there.
async function submit(page, selector) {
  const landed = page.waitForNavigation();
  await page.click(selector);
  return (await landed).status();
}

async function judgeWithKeys() {
  const page = await open("/");
  const before = await left(page);
  check("there are stories to judge", 4 <= before, before);
  await page.keyboard.press("j");
  const first = await focused(page);
  check("j goes to a row", first?.startsWith("s-"), first);
  const answers = [await send(page, "r"), await send(page, "x"), await send(page, "u")];
  check("verdicts by key are taken", answers.every((status) => status < 300), answers);
  await checkLeft("three verdicts, three fewer left", page, before - 3);
  check("focus is on the next open row", ![undefined, first].includes(await focused(page)));
  check("undo by key is taken", await send(page, "z") < 300);
  await checkLeft("undo gives a story back", page, before - 2);
  check("a story can be judged again after undo", await send(page, "u") < 300);
  await checkLeft("and counts again", page, before - 3);
  check("undo works twice", await send(page, "z") < 300);
  await checkLeft("and counts back", page, before - 2);
  await page.reload();
  await checkLeft("verdicts are kept", page, before - 2);
  // What is undone now happened before this page was opened.
  for (const wanted of [before - 1, before]) {
    await Promise.all([page.waitForNavigation(), page.keyboard.press("z")]);
    await checkLeft("undo goes further back", page, wanted);
  }
  await page.keyboard.press("j");
  await page.keyboard.press("n");
  await page.keyboard.type("rx, not a verdict");
  check("a note by key is taken", await send(page, "Enter") < 300);
  // The page closes the field a moment after the answer; until then a key is a letter.
  await page.waitForFunction(() => !["INPUT", "TEXTAREA"].includes(document.activeElement.tagName));
  check("a verdict after a note is taken", await send(page, "r") < 300);
  await checkLeft("and counts", page, before - 1);
  check("and undone", await send(page, "z") < 300);
  await checkLeft("as before", page, before);
  await page.context().close();
}

async function judgeWithForms() {
  const page = await open("/", { javaScriptEnabled: false, viewport: PHONE });
  const before = await left(page);
  const row = `#${await page.getAttribute(".judge > .row:not([data-verdict])", "id")}`;
  const status = await submit(page, `${row} button[value=unsure]`);
  check("a verdict by form leads to a page", status === 200, status);
  check("the verdict counts", await left(page) === before - 1, await left(page));
  await submit(page, "[data-undo] button");
  check("undo by form gives the story back", await left(page) === before, await left(page));
  await page.click(`${row} .note summary`);
  await page.fill(`${row} [name=note]`, "ask the <b>desk</b>");
  await submit(page, `${row} .note button`);
  const note = await page.inputValue(`${row} [name=note]`);
  check("a note is kept as it was written", note === "ask the <b>desk</b>", note);
  check("a note is no verdict", await left(page) === before, await left(page));
  await page.context().close();
}

async function rescue() {
  const inbox = await open("/");
  const before = await left(inbox);
  const page = await open("/near-misses");
  await page.keyboard.press("j");
  const row = await focused(page);
  check("there is a near miss", row?.startsWith("m-"), row);
  check("a rescue by key is taken", await send(page, "r") < 300);
  await inbox.goto(`${origin}/`);
  const rescued = await page.textContent(`#${row} h3`);
  check("a rescued near miss is a story", (await inbox.textContent("main")).includes(rescued.trim()));
  check("undo of a rescue is taken", await send(page, "z") < 300);
  await inbox.goto(`${origin}/`);
  check("undo takes the story away", !(await inbox.textContent("main")).includes(rescued.trim()));
  check("the inbox is as before", await left(inbox) === before, await left(inbox));
  await inbox.context().close();
  await page.context().close();
}

// Makes two stories one, takes an article out again, and puts everything back.
async function correct() {
  const inbox = await open("/");
  const before = await left(inbox);
  const [one, other] = await inbox.$$eval(".judge h3 a", (links) => links.map((link) => link.getAttribute("href")));
  await inbox.context().close();
  const page = await open(one);
  const said = () => page.textContent("[role=status]");
  const articles = () => page.$$eval(".keyed > .row", (rows) => rows.length);
  await page.keyboard.press("t");
  const field = await page.evaluate(() => document.activeElement.name);
  check("t goes to the choice of stories", field === "to", field);
  await page.selectOption("[name=to]", other.split("/").pop());
  const status = await submit(page, "#fix [formaction$=merge]");
  check("stories are merged by form", status === 200, status);
  check("the page says so", (await said()).startsWith("Merged into"), await said());
  await page.goto(origin + one);
  check("the old address leads to the story", page.url() === origin + other, page.url());
  const both = await articles();
  check("it has the articles of both", 2 <= both, both);
  await fitAndAccess([other]);
  await splitWithForm(other);

  await page.reload();
  const last = ".keyed > .row:last-child";
  await page.focus(`${last} h3 a`);
  await page.keyboard.press("m");
  check("m ticks the article under the cursor", await page.isChecked(`${last} [name=articles]`));
  await page.keyboard.press("m");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("s")]);
  check("s splits it off", (await said()).startsWith("Split off"), await said());
  check("one article fewer", await articles() === both - 1, await articles());
  await Promise.all([page.waitForNavigation(), page.keyboard.press("z")]);
  check("z puts it back", (await said()).startsWith("Undone") && await articles() === both, await said());
  await Promise.all([page.waitForNavigation(), page.keyboard.press("z")]);
  await page.goto(origin + one);
  check("z parts the stories again", page.url() === origin + one, page.url());
  await page.goto(`${origin}/`);
  check("the inbox is as before", await left(page) === before, await left(page));
  await page.context().close();
}

async function splitWithForm(path) {
  const page = await open(path, { javaScriptEnabled: false, viewport: PHONE });
  const said = () => page.textContent("[role=status]");
  await page.check(".keyed > .row:last-child [name=articles]");
  await submit(page, "#fix [formaction$=split]");
  check("a ticked article is split off by form", (await said()).startsWith("Split off"), await said());
  await submit(page, "[data-undo] button");
  check("undo by form puts it back", (await said()).startsWith("Undone"), await said());
  await page.context().close();
}

async function paths() {
  const page = await open("/");
  const stories = await page.$$eval(".judge h3 a", (links) => links.map((link) => link.getAttribute("href")));
  await page.context().close();
  return [...LISTS, stories[0]];
}

async function fitAndAccess(all) {
  for (const viewport of [PHONE, DESK]) {
    for (const path of all) {
      // Our own policy forbids scripts from elsewhere, axe too.
      const page = await open(path, { viewport, bypassCSP: true });
      await page.evaluate(() => document.querySelectorAll("details").forEach((it) => { it.open = true; }));
      const [wide, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      check(`${path} fits into ${viewport.width} px`, wide <= width, `${wide} px`);
      await page.addScriptTag({ content: axe });
      const { violations } = await page.evaluate((rules) => axe.run({ runOnly: rules }), RULES);
      const bad = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
      const words = bad.map(({ id, nodes }) => `${id} at ${nodes[0].target} (${nodes.length})`);
      check(`${path} is accessible at ${viewport.width} px`, words.length === 0, words.join("; "));
      await page.context().close();
    }
  }
}

// Titles that try to become markup carry these names.
async function hostileTitles(all) {
  let seen = 0;
  for (const path of all) {
    const page = await open(path);
    seen += await page.getByText("hostile-title").count();
    const injected = await page.$$eval("[data-hostile], script:not([src]), [onerror]", (it) => it.length);
    check(`${path} holds no foreign element`, injected === 0, injected);
    await page.context().close();
  }
  check("a hostile title was shown", 0 < seen);
}

try {
  if (screenshot) {
    const page = await open("/", { viewport: { width: 1280, height: 640 } });
    await page.screenshot({ path: screenshot });
  } else {
    const all = await paths();
    await fitAndAccess(all);
    await hostileTitles(all);
    await judgeWithKeys();
    await judgeWithForms();
    await correct();
    await rescue();
  }
} catch (error) {
  check("nothing unexpected", false, error.stack);
} finally {
  await browser.close();
}
check("no console error, dialog or foreign request", surprises.length === 0, surprises.join(" | "));
process.exitCode = failures === 0 ? 0 : 1;
