// Somebody logs in by a one-time address and allows an app, without scripts.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { journey } from "./launch.mjs";

// The app: a page with a link, and the address to which the person comes back. It is
// another site than slotd, as in life: localhost, not 127.0.0.1.
let link = "";
const app = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  response.writeHead(200, { "content-type": "text/html" });
  if (pathname === "/callback") response.end("<h1>Back at the app</h1>");
  else response.end(`<link rel="icon" href="data:,"><a href="${link.replaceAll("&", "&amp;")}">Connect</a>`);
});
app.listen(0, "localhost");
await once(app, "listening");
const origin = `http://localhost:${app.address().port}`;

await journey("consent", async ({ base, admin, page, screenshot }) => {
  const callback = `${origin}/callback`;
  const client = admin(
    "create-oauth2-client", "--name", "Calendar <Helper>", "--redirect-uri", callback,
    "--scope", "PROFILE_READ", "--scope", "BOOKING_READ",
  );
  const query = new URLSearchParams({
    client_id: client.clientId, redirect_uri: callback, response_type: "code", state: "a b&c", scope: "PROFILE_READ",
  });
  link = `${base}/auth/oauth2/authorize?${query}`;

  await page.goto(admin("login-link").loginLink);
  await page.getByRole("heading", { name: "You are logged in" }).waitFor();
  assert.equal(page.url(), `${base}/auth/session`);
  await screenshot("session");
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Lax"]);

  // The link of another site finds the session.
  await page.goto(origin);
  await page.getByRole("link", { name: "Connect" }).click();
  await page.getByRole("heading", { name: "Allow Calendar <Helper> to use your account?" }).waitFor();
  assert.deepEqual(await page.getByRole("listitem").allInnerTexts(), [
    "see your name, e-mail address and other personal information",
  ]);
  await screenshot("asked");

  await page.getByRole("button", { name: "Deny" }).click();
  await page.getByRole("heading", { name: "Back at the app" }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("error"), "access_denied");

  await page.goto(link);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "Back at the app" }).waitFor();
  const sent = new URL(page.url()).searchParams;
  assert.equal(sent.get("state"), "a b&c");
  const answer = await fetch(`${base}/v2/auth/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      client_id: client.clientId, client_secret: client.clientSecret, grant_type: "authorization_code",
      code: sent.get("code"), redirect_uri: callback,
    }),
  });
  const { access_token: token, scope } = await answer.json();
  assert.equal(scope, "PROFILE_READ");
  const me = await fetch(`${base}/v2/me`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await me.json()).data.id, client.ownerId, "the token works");

  await page.goto(`${base}/auth/session`);
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("heading", { name: "You are logged out" }).waitFor();
  assert.deepEqual(await page.context().cookies(), []);
}, { others: [origin], javaScriptEnabled: false });

app.close();
