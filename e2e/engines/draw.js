// Has each engine draw each diagram twice, as it was and as `fmt` wrote it, and compares the two pictures.
//
//   node draw.js LIST DIFFERENT     LIST has a line each, tab-separated: name, engine, file before, file after.
//                                   DIFFERENT names those that may differ, a line each with its reason.
"use strict";
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const puppeteer = require("puppeteer-core");

const modules = process.env.NODE_PATH;
const PAGE = `<!doctype html><meta charset="utf-8"><body>
<script src="/mermaid/dist/mermaid.min.js"></script>
<script src="/@plantuml/core/viz-global.js"></script>
<script type="module">
  import { renderToString } from "/@plantuml/core/plantuml.js";
  mermaid.initialize({ startOnLoad: false, deterministicIds: true });
  window.draw = {
    mermaid: async (text) => (await mermaid.render("picture", text)).svg,
    plantuml: (text) => new Promise((good, bad) => renderToString(text.split("\\n"), good, (why) => bad(new Error(why)))),
  };
</script>`;
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

// The packages, and the page that loads them, on loopback: modules are not read from files.
function serve() {
  const server = http.createServer((request, response) => {
    const asked = path.normalize(decodeURIComponent(request.url.split("?")[0]));
    if (asked === "/") return response.setHeader("content-type", "text/html").end(PAGE);
    const file = path.join(modules, asked);
    if (!fs.existsSync(file)) return response.writeHead(404).end();
    response.setHeader("content-type", TYPES[path.extname(file)] ?? "application/octet-stream");
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

// What of a picture tells of its text: PlantUML writes the text itself into it, and numbers of lines.
const TOLD = /<\?plantuml.*?\?>|<!--.*?-->| data-source-line="\d+"/gs;

// Without that, and with names counted anew: Mermaid goes on counting from one picture to the next.
function picture(svg) {
  const names = new Map();
  const counted = (name) => names.get(name) ?? names.set(name, `n${names.size}`).get(name);
  return svg.replace(TOLD, "").replace(/\b(actor(?:-[a-z]+)*|root-)\d+/g, counted);
}

async function main(list, different) {
  const rows = fs.readFileSync(list, "utf8").split("\n").filter(Boolean).map((line) => line.split("\t"));
  const lines = fs.readFileSync(different, "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
  const named = new Map(lines.map((line) => [line.split("\t")[0], line.split("\t")[1]]));
  const server = await serve();
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  const counts = {};
  const wrong = [];
  const met = new Set();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`, { waitUntil: "load" });
    await page.waitForFunction("window.draw");
    const draw = (engine, text) =>
      page.evaluate(
        (engine, text) => window.draw[engine](text).then((svg) => ({ svg }), (why) => ({ why: String(why?.message ?? why) })),
        engine,
        text,
      );
    for (const [name, engine, before, after] of rows) {
      const count = (counts[engine] ??= { diagrams: 0, refused: 0, same: 0, named: 0 });
      count.diagrams += 1;
      const was = await draw(engine, fs.readFileSync(before, "utf8"));
      // What the engine does not draw has no picture that could change.
      if (was.why || refused(was.svg)) {
        count.refused += 1;
        continue;
      }
      const is = await draw(engine, fs.readFileSync(after, "utf8"));
      if (is.svg && picture(is.svg) === picture(was.svg)) {
        count.same += 1;
      } else if (named.has(name)) {
        count.named += 1;
        met.add(name);
      } else {
        wrong.push(`${name}: ${is.why ?? place(picture(was.svg), picture(is.svg))}`);
      }
    }
  } finally {
    await browser.close();
    server.close();
  }
  for (const [engine, count] of Object.entries(counts)) {
    console.log(
      `${engine}: ${count.diagrams} diagrams; ${count.refused} are not drawn by the engine; ` +
        `${count.same} drawn the same, ${count.named} otherwise, with a reason`,
    );
  }
  for (const name of named.keys()) if (!met.has(name)) wrong.push(`${name} is named as different, and is not`);
  if (wrong.length > 0) {
    console.error(wrong.join("\n"));
    process.exitCode = 1;
  }
  if (rows.length === 0 || Object.values(counts).every((count) => count.same === 0)) throw new Error("nothing was compared");
}

// PlantUML draws its refusals.
const refused = (svg) => /PlantUML version|Syntax Error|An error has occur/.test(svg.replace(TOLD, ""));

// Where two pictures begin to differ.
function place(was, is) {
  let at = 0;
  while (at < was.length && was[at] === is[at]) at += 1;
  const from = Math.max(0, at - 60);
  return `\n    was …${was.slice(from, at + 80)}\n    is  …${is.slice(from, at + 80)}`;
}

main(process.argv[2], process.argv[3]).catch((why) => {
  console.error(why);
  process.exitCode = 1;
});
