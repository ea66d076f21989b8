// Reads what seqcheck wrote with a parser of each format, and holds the numbers against each other.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Parser } = require("tap-parser");

const folder = process.argv[2];
const read = (name) => fs.readFileSync(path.join(folder, name), "utf8");

const json = JSON.parse(read("json.out"));
const wanted = json.summary;
assert.ok(wanted.total > 40 && wanted.failed > 5 && wanted.skipped >= 1, JSON.stringify(wanted));

const lines = read("jsonl.out").trim().split("\n").map((line) => JSON.parse(line));
assert.equal(lines.filter((line) => line.event === "scenario").length, wanted.total);
assert.equal(lines[0].event, "begin");
assert.equal(lines.at(-1).event, "end");

const tap = (name) =>
  new Promise((done) => {
    const points = [];
    const parser = new Parser({ strict: true }, (results) => done({ results, points }));
    parser.on("assert", (point) => points.push(point));
    parser.end(read(name));
  });

(async () => {
  const { results, points } = await tap("tap.out");
  assert.deepEqual(results.failures.filter((failure) => failure.tapError), [], "not TAP 14");
  assert.equal(results.count, wanted.total);
  assert.equal(results.fail, wanted.failed + wanted.inconclusive + wanted.errors);
  assert.equal(results.skip, wanted.skipped);
  assert.equal(results.plan.end, wanted.total);
  const failed = points.find((point) => !point.ok);
  assert.ok(failed.diag.report.includes("again: seqcheck"), "a failure has its report");
  const odd = points.find((point) => point.skip);
  assert.ok(odd.name.includes("# SKIP not really"), odd.name);
  assert.ok(String(odd.skip).startsWith("for a reason"), odd.skip);
  const good = await tap("pass-tap.out");
  assert.ok(good.results.ok && good.results.count === 1);

  const xml = read("junit.out");
  const cases = xml.match(/<testcase /g).length;
  assert.equal(cases, wanted.total);
  assert.match(xml, new RegExp(`<testsuites name="seqcheck"[^>]*tests="${wanted.total}"`));
  console.log(`${wanted.total} scenarios: JUnit, TAP, JSON and JSON lines agree`);
})();
