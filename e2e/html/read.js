// Opens the report as a person would: with the mouse, with the keyboard alone, without script, in the dark, on paper.
"use strict";
const assert = require("node:assert/strict");
const path = require("node:path");
const puppeteer = require("puppeteer-core");
const axe = require("axe-core");

const folder = process.argv[2];
const file = (name) => "file://" + path.join(folder, name);
const shot = (name) => path.join(process.env.SHOTS, name);

(async () => {
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    await reads(browser);
    await withoutScript(browser);
    await many(browser);
  } finally {
    await browser.close();
  }
})().catch((why) => {
  console.error(why);
  process.exitCode = 1;
});

// A page on which whatever goes wrong is kept.
async function open(browser, name) {
  const page = await browser.newPage();
  const wrong = [];
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) wrong.push(message.text());
  });
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("requestfailed", (request) => wrong.push("failed: " + request.url()));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) wrong.push("asks for " + request.url());
  });
  await page.setViewport({ width: 1200, height: 900 });
  await page.goto(file(name), { waitUntil: "load" });
  return { page, wrong };
}

const shown = (page) =>
  page.$$eval("main > details", (all) => all.filter((one) => one.checkVisibility()).map((one) => one.dataset.status));

async function reads(browser) {
  const { page, wrong } = await open(browser, "run.html");
  await page.screenshot({ path: shot("run.png") });

  // Markup in texts is text.
  assert.equal(await page.evaluate("window.hacked"), undefined);
  assert.equal(await page.$$eval("script", (all) => all.length), 1);
  assert.equal(await page.$$eval("img", (all) => all.length), 0);
  const title = await page.$$eval("main strong", (all) => all.map((one) => one.textContent));
  assert.ok(title.includes("</title><script>window.hacked = 1</script>"), "the title is there as text");

  // Every scenario has a picture that says what it is, and what went wrong is open.
  const all = await shown(page);
  assert.ok(all.length > 40 && new Set(all).size >= 3, String(all.length));
  const pictures = await page.$$eval("svg", (all) => all.map((one) => one.getAttribute("aria-label")));
  assert.equal(pictures.length, all.length);
  assert.ok(pictures.every((label) => label));
  const open_ = await page.$$eval("main > details[open]", (all) => all.map((one) => one.dataset.status));
  assert.ok(open_.length > 0 && open_.every((status) => status === "fail"), String(open_));

  // With the keyboard alone: to the button of what failed, and into the first scenario.
  const focus = () => page.evaluate(() => document.activeElement.textContent.trim().slice(0, 40));
  for (let steps = 0; !(await focus()).startsWith("fail"); steps++) {
    assert.ok(steps < 10, "the filter is reached with Tab");
    await page.keyboard.press("Tab");
  }
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(ring, "none", "focus can be seen");
  await page.keyboard.press("Enter");
  assert.deepEqual([...new Set(await shown(page))], ["fail"]);
  await page.screenshot({ path: shot("failed.png") });
  for (let steps = 0; !(await page.evaluate(() => document.activeElement.matches("main > details > summary"))); steps++) {
    assert.ok(steps < 30, "a scenario is reached with Tab");
    await page.keyboard.press("Tab");
  }
  const isOpen = () => page.evaluate(() => document.activeElement.parentElement.open);
  const before = await isOpen();
  await page.keyboard.press("Enter");
  assert.equal(await isOpen(), !before, "Enter opens and closes a scenario");
  await page.keyboard.press("Enter");

  // Filters by tag and by nothing.
  await page.click("nav button[data-status='']");
  assert.equal((await shown(page)).length, all.length);
  const tags = await page.$$eval("nav option", (all) => all.map((one) => one.value));
  await page.select("nav select", tags.find((tag) => tag === "slow") ?? tags[1]);
  const tagged = (await shown(page)).length;
  assert.ok(tagged > 0 && tagged < all.length, String(tagged));
  await page.select("nav select", "");

  // Nothing is wider than the page but what scrolls by itself.
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `the page is ${wide} pixels too wide`);
  await page.setViewport({ width: 420, height: 800 });
  const narrow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(narrow <= 0, `on a telephone the page is ${narrow} pixels too wide`);
  await page.screenshot({ path: shot("narrow.png") });
  await page.setViewport({ width: 1200, height: 900 });

  // What a checker of accessibility says, in the light and in the dark.
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.screenshot({ path: shot(`${scheme}.png`) });
    await page.evaluate(axe.source);
    const found = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa"] }));
    const serious = found.violations.map((one) => `${one.id}: ${one.nodes.length} x ${one.nodes[0].html.slice(0, 200)} ${one.nodes[0].failureSummary}`);
    assert.deepEqual(serious, [], scheme);
  }
  await page.emulateMediaFeatures([]);
  await page.pdf({ path: path.join(folder, "run.pdf"), format: "A4" });
  assert.deepEqual(wrong, []);
  console.log(`${all.length} scenarios read; no error on the console, nothing asked for`);
}

async function withoutScript(browser) {
  const page = await browser.newPage();
  await page.setJavaScriptEnabled(false);
  await page.goto(file("run.html"));
  await page.screenshot({ path: shot("without-script.png") });
  const text = await page.$eval("main", (main) => main.innerText);
  assert.ok(text.includes("again: seqcheck"), "the report of what failed can be read");
  assert.equal(await page.$eval("nav", (nav) => nav.checkVisibility()), false, "no button that does nothing");
  await page.close();
  console.log("reads without script");
}

async function many(browser) {
  const began = Date.now();
  const { page, wrong } = await open(browser, "many.html");
  const opened = Date.now() - began;
  assert.equal(await page.$$eval("main > details", (all) => all.length), 1000);
  const click = await page.evaluate(() => {
    const began = performance.now();
    document.querySelector("nav button[data-status='pass']").click();
    document.body.offsetHeight;
    return performance.now() - began;
  });
  await page.click("main > details:nth-of-type(500) > summary");
  assert.ok(await page.$eval("main > details:nth-of-type(500) svg", (svg) => svg.checkVisibility()));
  assert.ok(opened < 15000 && click < 2000, `${opened} ms to open, ${click} ms to filter`);
  assert.deepEqual(wrong, []);
  console.log(`1,000 scenarios open in ${opened} ms and are filtered in ${Math.round(click)} ms`);
}
