// Drives one Chromium for the tests in Python: a request per line on stdin, an answer per line on stdout.
//
//   {"do": "open", "options": {…}}                       → {"page": 1}    a page in a context of its own
//   {"do": "tab", "page": 1}                             → {"page": 2}    another tab of the same person
//   {"do": "steps", "page": 1, "steps": [[name, …], …]}  → {"value": …}   methods of the page, of what they give, …
//   {"do": "answer", "page": 1, "url": "**/api/x", …}    → {}             answer a request in place of the API, once
//   {"do": "axe", "page": 1, "rules": […]}               → {"value": […]} serious and critical findings; of all rules if null
//   {"do": "print", "page": 1}                           → {"value": 3}   pages of paper, as it would be printed
//   {"do": "evidence", "page": 1, "into": "build/…"}     → {"value": […]} files that show what was to be seen
//   {"do": "problems", "page": 1}                        → {"value": […]} what was wrong on the page
//   {"do": "leave", "page": 1}                           → {"value": […]} the e-mail and token of who stays signed in
//   {"do": "close", "page": 1}                           → {"value": […]} the same, and the page is gone
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const AXE = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-precise-memory-info",
  // The tabs of a person share a process, and what it has compiled: a third of the cost of each tab.
  "--process-per-site",
];
// Long enough for a busy machine; a test that passes never waits for it.
const PATIENCE_MS = 120_000;
// The page at each step can be looked at, without a film of it.
const TRACED = { screenshots: false, snapshots: true };
const USUAL = {
  locale: "en-GB",
  timezoneId: "Europe/Berlin",
  colorScheme: "light",
  reducedMotion: "reduce",
  serviceWorkers: "block",
  viewport: { width: 1280, height: 800 },
};

const isTracing = process.argv[3] === "trace";
const browser = await chromium.launch({ executablePath: process.argv[2], args: FLAGS });
const pages = new Map();
let last = 0;

// Runs in the page. Rules whose findings are never grave are left out, and only violations are collected and sent here.
async function graveFindings(only) {
  const { axe } = globalThis;
  const slight = axe._audit.rules.filter(({ impact }) => impact === "minor" || impact === "moderate");
  const { violations } = await axe.run({
    ...(only === null ? {} : { runOnly: only }),
    rules: Object.fromEntries(slight.map(({ id }) => [id, { enabled: false }])),
    resultTypes: ["violations"],
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

function keep(page, options) {
  const origin = options.baseURL;
  const problems = [];
  const said = [];
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("console", (message) => {
    said.push(`${message.type()}: ${message.text()}`);
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => {
    said.push(`error: ${error.stack}`);
    problems.push(`error: ${error.message}`);
  });
  page.on("requestfailed", (request) =>
    said.push(`failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}`),
  );
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) {
      problems.push(`request to another origin: ${request.url()}`);
    }
  });
  last += 1;
  pages.set(last, { page, problems, said, options });
  return { page: last };
}

const operations = {
  async open({ options }) {
    const chosen = { ...USUAL, ...options };
    const context = await browser.newContext(chosen);
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
        // biome-ignore lint/suspicious/noConsole: this is how a page tells the test
        console.error(`content security policy: ${violatedDirective} ${blockedURI}`);
      });
    });
    if (isTracing) await context.tracing.start(TRACED);
    return keep(await context.newPage(), chosen);
  },

  async tab({ page }) {
    const { page: first, options } = pages.get(page);
    return keep(await first.context().newPage(), options);
  },

  async steps({ page, steps }) {
    let value = pages.get(page).page;
    for (const [name, ...given] of steps) {
      value = typeof value[name] === "function" ? await value[name](...given) : value[name];
    }
    const isPlain =
      value === null || ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value);
    return { value: isPlain ? value : null };
  },

  async answer({ page, url, status, body, times }) {
    const answer = { status, contentType: "application/json", body: JSON.stringify(body) };
    await pages.get(page).page.route(url, (route) => route.fulfill(answer), { times });
    return {};
  },

  async axe({ page, rules }) {
    const { page: looked } = pages.get(page);
    if (!(await looked.evaluate(() => "axe" in globalThis))) await looked.evaluate(AXE);
    const found = await looked.evaluate(graveFindings, rules);
    return { value: found };
  },

  // Chromium marks each page of a PDF in clear text.
  async print({ page }) {
    const paper = await pages.get(page).page.pdf({ preferCSSPageSize: true });
    return { value: paper.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0 };
  },

  async evidence({ page, into }) {
    const { page: shown, said } = pages.get(page);
    mkdirSync(into, { recursive: true });
    const files = ["log", "html", "png"].map((kind) => `${into}/page-${page}.${kind}`);
    writeFileSync(files[0], `${shown.url()}\n${said.join("\n")}\n`);
    writeFileSync(files[1], await shown.content());
    await shown.screenshot({ path: files[2], fullPage: true });
    if (!isTracing) return { value: files };
    const trace = `${into}/page-${page}-trace.zip`;
    await shown.context().tracing.stop({ path: trace });
    await shown.context().tracing.start(TRACED);
    return { value: [...files, trace] };
  },

  async problems({ page }) {
    return { value: pages.get(page).problems };
  },

  // The page as it was opened, with its person still signed in. An address of the same origin keeps its process.
  async leave({ page }) {
    const { page: left, problems, said, options } = pages.get(page);
    const context = left.context();
    await context.setOffline(false);
    await left.unrouteAll({ behavior: "ignoreErrors" });
    await left.emulateMedia({ media: null, colorScheme: options.colorScheme });
    await left.setViewportSize(options.viewport);
    const session = await left.evaluate(() => {
      localStorage.clear();
      return ["email", "refresh-token"].map((name) => sessionStorage.getItem(name));
    });
    const go = (dialog) => dialog.accept();
    left.on("dialog", go);
    await left.goto(`${options.baseURL}/icon.svg`);
    left.off("dialog", go);
    problems.length = 0;
    said.length = 0;
    return { value: session };
  },

  async close({ page }) {
    const { page: closing, problems } = pages.get(page);
    pages.delete(page);
    await closing.close();
    if (closing.context().pages().length === 0) await closing.context().close();
    return { value: problems };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = await operations[request.do](request);
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
