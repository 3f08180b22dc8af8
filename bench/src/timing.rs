//! Whether the time that a refusal takes tells more than its text does.
//!
//! Requests that are refused for different reasons go over one connection, each
//! reason once in a round and in a random order, so that whatever else the machine
//! does meets all of them alike.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::json;
use slotd_domain::oauth2::{ClientStatus, ClientType};
use slotd_domain::{OAuthClientId, UserId};
use slotd_http::Clock;
use slotd_store::oauth2::{self, Client};
use slotd_store::tokens::Pair;
use slotd_store::{
    Conn, Keyring, Location, Options, ServerKey, Store, StoreError, UnitOfWork, digest,
    new_api_key, new_authorization_code, new_client_secret, new_oauth_client_id,
    new_oauth2_client_id, new_one_time_code,
};
use uuid::Uuid;

use crate::Result;
use crate::figures::count;
use crate::pool::PoolEntry;
use crate::ranks::{Effect, quartiles};
use crate::server::Server;

/// Rounds for each second that other measurements take.
const ROUNDS: u64 = 800;
/// Rounds that are not counted.
const WARM_UP: u64 = 200;

/// What two refusals may tell by their time.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    /// A difference would give a part of a secret away.
    Same,
    /// A difference tells nothing that is not public or known to the caller.
    Free,
}

/// Refusals that are compared, by the names that [`requests`] gives them.
const COMPARED: [(&str, &str, Rule); 17] = [
    ("secret: first byte wrong", "secret: last byte wrong", Rule::Same),
    ("secret: first byte wrong", "secret: another one", Rule::Same),
    ("secret: first byte wrong", "secret: too short", Rule::Free),
    ("secret: first byte wrong", "secret: client unknown", Rule::Free),
    ("token: signature's first byte wrong", "token: signature's end wrong", Rule::Same),
    ("token: signature's first byte wrong", "token: another server's", Rule::Same),
    ("token: signature's first byte wrong", "token: garbage", Rule::Free),
    ("token: signature's first byte wrong", "token: signed, not stored", Rule::Free),
    ("API key: unknown", "API key: garbage", Rule::Same),
    ("exchange: secret's first byte wrong", "exchange: secret's last byte wrong", Rule::Same),
    ("exchange: secret's first byte wrong", "exchange: client unknown", Rule::Free),
    ("exchange: secret's first byte wrong", "exchange: code wrong", Rule::Free),
    ("app: secret's first byte wrong", "app: secret's last byte wrong", Rule::Same),
    ("app: secret's first byte wrong", "app: unknown", Rule::Free),
    ("app: secret's first byte wrong", "app: code wrong", Rule::Free),
    ("app: code wrong", "app: code is garbage", Rule::Same),
    ("login: address unknown", "login: address is garbage", Rule::Same),
];

const METHOD: &str = "
## Time of refusals

Can a caller tell from the time of a refusal why it was refused? One connection, each refusal once in a round, in a random
order. `slower` is the probability that an answer of the first kind takes longer than one of the second (Mann-Whitney's U over
the number of pairs): 50 % when nothing tells them apart, with DeLong's interval of 99.9 % confidence. A smaller difference than
that interval is wide cannot be seen with this many requests; somebody who asks more often sees more.

`secret` is `GET /v2/oauth-clients/{clientId}` with `x-cal-secret-key`; `token` and `API key` are `GET /v2/me` with a bearer
value; `exchange` is `POST /v2/oauth/{clientId}/exchange`; `app` is `POST /v2/auth/oauth2/token`; `login` is
`GET /auth/login/{token}`. What is called garbage has the length of the real thing. Limits of rates are off.

`must be the same`: a difference would give a part of a secret away. `may differ`: what the difference tells is public, or
known to whoever can cause it:

- *Client unknown.* Nothing is decrypted and no owner is looked for. Who exists is public: `GET /v2/provider/{clientId}` and
  `GET /v2/auth/oauth2/clients/{clientId}` say so to everybody, and most of these refusals say it in their text. Decrypting
  something for nobody would not hide it, because a look-up that finds a row takes longer too. So it is not done.
- *Secret too short.* The length of secrets is documented, and the same for all.
- *Token: garbage, or signed and not stored.* What this server did not sign is refused without a look-up. Only the server can
  sign, so a caller who sees the look-up holds a token that was given out and has ended. Of a signature, no part may be found.
- *Code wrong.* The code is looked at only after the secret was right: whoever gets that far has the secret.
- Tokens, API keys, codes, login addresses and secrets of apps are looked up or compared by their SHA-256. What can be learned
  of a digest does not lead to another text, so a search in an index need not take the same time for all of them.
";

/// The refusals of one engine.
pub(crate) struct Timing {
    engine: &'static str,
    nanos: BTreeMap<&'static str, Vec<u64>>,
}

/// Credentials that are right, of which wrong ones are made.
pub(crate) struct Right<'a> {
    pub(crate) key: &'a ServerKey,
    pub(crate) entry: &'a PoolEntry,
    /// Id and secret of an app.
    pub(crate) app: (String, String),
}

/// Sends all refusals to a server.
pub(crate) fn compare(
    engine: &'static str,
    server: &Server,
    right: &Right<'_>,
    seconds: u64,
) -> Result<Timing> {
    let requests = requests(right);
    let mut stream = TcpStream::connect(server.address())?;
    stream.set_nodelay(true)?;
    let mut nanos: BTreeMap<&'static str, Vec<u64>> = BTreeMap::new();
    let mut order: Vec<_> = requests.iter().collect();
    for round in 0..WARM_UP + ROUNDS * seconds {
        order.sort_by_cached_key(|_| Uuid::new_v4());
        for (name, request) in &order {
            let started = Instant::now();
            stream.write_all(request.as_bytes())?;
            let status = read_answer(&mut stream)?;
            let took = u64::try_from(started.elapsed().as_nanos())?;
            if !status.starts_with('4') {
                return Err(format!("{name} was answered with {status}").into());
            }
            if round >= WARM_UP {
                nanos.entry(name).or_default().push(took);
            }
        }
    }
    Ok(Timing { engine, nanos })
}

/// Reads one answer, and returns its status.
fn read_answer(stream: &mut TcpStream) -> Result<String> {
    let mut read = [0; 4_096];
    let mut answer = Vec::new();
    loop {
        let length = stream.read(&mut read)?;
        if length == 0 {
            return Err("the connection was closed".into());
        }
        answer.extend_from_slice(&read[..length]);
        let text = std::str::from_utf8(&answer)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let expected = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
        if body.len() == expected.ok_or("the answer has no length")?.parse::<usize>()? {
            return Ok(head.split(' ').nth(1).unwrap_or_default().to_owned());
        }
    }
}

fn requests(right: &Right<'_>) -> Vec<(&'static str, String)> {
    let Right { key, entry, app: (app, app_secret) } = right;
    let client = OAuthClientId::new(entry.client.clone());
    let (secret, end) = (&entry.secret, entry.secret.len() - 1);
    let unknown = new_oauth_client_id();
    let get_client = |id: &OAuthClientId, secret: &str| {
        get(&format!("/v2/oauth-clients/{id}"), &format!("x-cal-secret-key: {secret}\r\n"))
    };

    let me = |bearer: &str| get("/v2/me", &format!("authorization: Bearer {bearer}\r\n"));
    let token = |key: &ServerKey| {
        let keyring = Keyring::new(&key.clone().into());
        Pair::issue(&keyring, &client, UserId(entry.user), false, Clock::system().now())
            .access_token
    };
    let not_stored = token(key);
    let signature = not_stored.rfind('.').map_or(0, |dot| dot + 1);

    let exchange = |id: &OAuthClientId, secret: &str| {
        let code = format!("authorization: Bearer {}\r\n", new_authorization_code());
        let body = json!({ "clientSecret": secret }).to_string();
        post(&format!("/v2/oauth/{id}/exchange"), &code, "application/json", &body)
    };
    let app_token = |id: &str, secret: &str, code: &str| {
        let body = format!(
            "grant_type=authorization_code&client_id={id}&client_secret={secret}&code={code}\
             &redirect_uri=https%3A%2F%2Fexample.com"
        );
        post("/v2/auth/oauth2/token", "", "application/x-www-form-urlencoded", &body)
    };
    let (code, garbage) = (new_one_time_code(), |length| "z".repeat(length));
    let login = |token: &str| get(&format!("/auth/login/{token}"), "");

    vec![
        ("secret: client unknown", get_client(&unknown, secret)),
        ("secret: first byte wrong", get_client(&client, &wrong_at(secret, 0))),
        ("secret: last byte wrong", get_client(&client, &wrong_at(secret, end))),
        ("secret: another one", get_client(&client, &new_client_secret())),
        ("secret: too short", get_client(&client, &secret[..20])),
        ("token: signed, not stored", me(&not_stored)),
        ("token: signature's first byte wrong", me(&wrong_at(&not_stored, signature))),
        // The last letter holds bits that have to be zero: a wrong one is not even decoded.
        ("token: signature's end wrong", me(&wrong_at(&not_stored, not_stored.len() - 2))),
        ("token: another server's", me(&token(&ServerKey::generate()))),
        ("token: garbage", me(&garbage(not_stored.len()))),
        ("API key: unknown", me(&format!("cal_{}", new_api_key()))),
        ("API key: garbage", me(&format!("cal_{}", garbage(new_api_key().len())))),
        ("exchange: client unknown", exchange(&unknown, secret)),
        ("exchange: secret's first byte wrong", exchange(&client, &wrong_at(secret, 0))),
        ("exchange: secret's last byte wrong", exchange(&client, &wrong_at(secret, end))),
        ("exchange: code wrong", exchange(&client, secret)),
        ("app: unknown", app_token(new_oauth2_client_id().as_str(), app_secret, &code)),
        ("app: secret's first byte wrong", app_token(app, &wrong_at(app_secret, 0), &code)),
        ("app: secret's last byte wrong", app_token(app, &wrong_at(app_secret, end), &code)),
        ("app: code wrong", app_token(app, app_secret, &code)),
        ("app: code is garbage", app_token(app, app_secret, &garbage(code.len()))),
        ("login: address unknown", login(&new_client_secret())),
        ("login: address is garbage", login(&garbage(secret.len()))),
    ]
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{headers}\r\n")
}

fn post(path: &str, headers: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\n{headers}content-type: {content_type}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

/// The same text with another letter at one place.
fn wrong_at(text: &str, place: usize) -> String {
    let other = if text[place..].starts_with('A') { "B" } else { "A" };
    [&text[..place], other, &text[place + 1..]].concat()
}

/// Registers an app, and returns its id and its secret.
#[tokio::main]
pub(crate) async fn register_app(
    location: Location,
    key: &ServerKey,
    owner: i32,
) -> Result<(String, String)> {
    let store = Store::open(&Options::new(location), &key.clone().into())?;
    let (id, secret) = (new_oauth2_client_id(), new_client_secret());
    let app = Client {
        id: id.clone(),
        name: "App".to_owned(),
        redirect_uris: json!(["https://example.com"]),
        logo: None,
        client_type: ClientType::Confidential.name().to_owned(),
        secret_digest: Some(digest(&secret).to_vec()),
        is_trusted: false,
        scopes: Some(json!([])),
        status: ClientStatus::Approved.name().to_owned(),
        owner_user_id: UserId(owner),
        created_at: Clock::system().now(),
    };
    store.write(Register(app)).await?;
    store.close();
    Ok((id.to_string(), secret))
}

struct Register(Client);

impl UnitOfWork for Register {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> std::result::Result<u64, StoreError> {
        oauth2::insert_client(conn, &self.0).await
    }
}

/// The part of the report about refusals.
pub(crate) fn markdown(timings: &[Timing]) -> Result<String> {
    let mut text = METHOD.to_owned();
    for Timing { engine, nanos } in timings {
        let rounds = nanos.values().next().map_or(0, Vec::len);
        writeln!(text, "\n### {engine}, {rounds} requests of each kind\n")?;
        text += "| first | µs: median (quartiles) | second | µs: median (quartiles) | slower | rule | verdict |\n";
        text += "|---|---|---|---|---|---|---|\n";
        for (first, second, rule) in COMPARED {
            let of = |name: &str| nanos.get(name).ok_or_else(|| format!("no request {name}"));
            let (a, b) = (of(first)?, of(second)?);
            let effect = Effect::of(a, b);
            let percent = |share: f64| share * 100.0;
            writeln!(
                text,
                "| {first} | {} | {second} | {} | {:.1} % ± {:.1} | {} |",
                micros(a),
                micros(b),
                percent(effect.probability),
                percent(effect.margin),
                verdict(rule, &effect),
            )?;
        }
    }
    Ok(text)
}

fn micros(nanos: &[u64]) -> String {
    let [first, median, third] = quartiles(nanos).map(|nanos| count(nanos) / 1e3);
    format!("{median:.1} ({first:.1}–{third:.1})")
}

fn verdict(rule: Rule, effect: &Effect) -> &'static str {
    let is_same = (effect.probability - 0.5).abs() <= effect.margin;
    match (rule, is_same) {
        (Rule::Same, true) => "must be the same | met: not told apart",
        (Rule::Same, false) => "must be the same | **missed**: told apart",
        (Rule::Free, true) => "may differ | not told apart",
        (Rule::Free, false) => "may differ | told apart",
    }
}
