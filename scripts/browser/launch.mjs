// Runs a journey: a `slotd serve` of its own on a fresh folder, and a browser in
// which nothing may go wrong and which reaches no other host.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import readline from "node:readline";
import { chromium } from "playwright-core";

const { SLOTD_BINARY: binary, SLOTD_CHROMIUM: browserBinary, SLOTD_SCREENSHOTS: screenshots } = process.env;

/** Starts slotd; resolves once it listens, with its address. */
async function startSlotd(folder) {
  const options = ["serve", "--listen", "127.0.0.1:0", "--data-dir", path.join(folder, "data")];
  const slotd = spawn(binary, options, { cwd: folder, env: { SLOTD_LOG: "warn" }, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of readline.createInterface(slotd.stdout)) {
    const base = line.match(/^listening on (http:.*)$/)?.[1];
    if (base) return { slotd, base };
  }
  throw new Error("slotd ended before it listened");
}

/**
 * Runs `steps({ base, admin, page, screenshot })`; `admin` runs an admin command and
 * returns the JSON it prints. The journey fails when the steps throw, and when the
 * page logs an error, breaks its Content-Security-Policy, asks another host, or is
 * answered with an error. An error in the console that begins with `harmless` is none;
 * `others` are origins that may be asked.
 */
export async function journey(name, steps, { harmless, others = [], javaScriptEnabled = true } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), "slotd-browser-"));
  const problems = [];
  let slotd, browser;
  try {
    const started = await startSlotd(folder);
    slotd = started.slotd;
    const { base } = started;
    const admin = (...command) => {
      const env = { SLOTD_LISTEN: new URL(base).host };
      const options = ["--data-dir", path.join(folder, "data"), "admin", ...command, "--json"];
      return JSON.parse(execFileSync(binary, options, { cwd: folder, env, encoding: "utf8" }));
    };
    browser = await chromium.launch({
      executablePath: browserBinary,
      // The sandbox refuses to run as root.
      chromiumSandbox: process.getuid() !== 0,
      args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
    });
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled });
    context.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== base && !others.includes(origin) && protocol !== "data:") problems.push(`asked another host: ${request.url()}`);
    });
    context.on("requestfailed", (request) => problems.push(`failed: ${request.url()}`));
    context.on("response", (response) => {
      if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
    });
    // A broken policy is an error in the console too.
    context.on("console", (message) => {
      const isHarmless = harmless && message.text().startsWith(harmless);
      if (message.type() === "error" && !isHarmless) problems.push(`console: ${message.text()}`);
    });
    context.on("weberror", (error) => problems.push(`uncaught: ${error.error().message}`));
    const page = await context.newPage();
    const screenshot = async (of) => {
      await mkdir(screenshots, { recursive: true });
      await page.screenshot({ path: path.join(screenshots, `${name}-${of}.png`) });
    };
    await steps({ base, admin, page, screenshot });
  } catch (error) {
    problems.push(error.stack);
  } finally {
    await browser?.close();
    if (slotd?.kill()) await once(slotd, "exit");
    await rm(folder, { recursive: true });
  }
  for (const problem of problems) console.error(`${name}: ${problem}`);
  console.log(`${name}: ${problems.length ? "FAILED" : "ok"}`);
  process.exitCode = problems.length ? 1 : 0;
}
