// Somebody reads our OpenAPI document at /docs.

import assert from "node:assert/strict";
import { journey } from "./launch.mjs";

// The viewer takes any underscore in a link for an old way to write a space; ours
// are in the names of operations.
const harmless = "Deprecated: escaping deep link whitespace";

await journey("docs", async ({ base, page, screenshot }) => {
  await page.goto(`${base}/docs`);
  await page.getByRole("heading", { name: "slotd" }).waitFor();

  const operations = await page.evaluate(async () => {
    const { paths } = await (await fetch("/openapi.json")).json();
    return Object.values(paths).flatMap((path) => Object.keys(path)).length;
  });
  const shown = page.locator(".opblock");
  await shown.last().waitFor();
  assert.equal(await shown.count(), operations, "every operation is shown");
  await screenshot("list");

  // An operation of every tag, and every schema.
  const tags = await page.locator(".opblock-tag-section").all();
  for (const tag of tags) await tag.locator(".opblock-summary-control").first().click();
  await page.getByText("Secret of the OAuth client").first().waitFor();
  assert.equal(await page.locator(".opblock.is-open").count(), tags.length);
  assert.equal(await page.getByText("Try it out").count(), 0, "the page does not call");
  for (const schema of await page.locator(".models .json-schema-2020-12-accordion:visible").all()) await schema.click();
  await screenshot("open");

  // A link to an operation leads to it. The viewer finds no tag that has a slash in its name.
  await page.locator('.opblock-tag-section:has([data-tag="Bookings"]) .opblock-summary-control').nth(1).click();
  const link = page.url();
  assert.match(link, /\/docs#\//);
  await page.goto("about:blank");
  await page.goto(link);
  await page.locator(".opblock.is-open").waitFor();
  await screenshot("link");
}, { harmless });
