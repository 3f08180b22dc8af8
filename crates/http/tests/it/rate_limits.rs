//! Rate limits (section 1.8 of the platform rules).

use jiff::SignedDuration;
use serde_json::json;
use slotd_domain::rate_limit::Limit;
use slotd_http::{RateLimitSettings, Settings};
use slotd_testkit::{Answer, Call, Engine, TestServer, World, on_both_engines};

/// A server that lets five requests through in 2.5 seconds and then blocks for five.
struct Limited(TestServer);

impl Limited {
    async fn start(engine: Engine) -> Option<Self> {
        let limit = Limit {
            name: "default".to_owned(),
            requests: 5,
            window: SignedDuration::from_millis(2_500),
            block: SignedDuration::from_secs(5),
        };
        let limits = RateLimitSettings {
            api_key: limit.clone(),
            access_token: limit.clone(),
            oauth_client: limit.clone(),
            address: limit,
        };
        let settings = Settings { rate_limits: Some(limits), ..Settings::default() };
        TestServer::start_with(engine, settings, axum::Router::new()).await.map(Self)
    }
}

fn header(answer: &Answer, name: &str) -> i64 {
    answer.headers[name].parse().unwrap()
}

fn remaining(answer: &Answer) -> i64 {
    header(answer, "x-ratelimit-remaining-default")
}

/// Calls until the limit refuses; the last answer is the refusal.
async fn exhaust(call: impl Fn() -> Call) -> Answer {
    for left in (0..5).rev() {
        let answer = call().send().await;
        assert_ne!(answer.status, 429, "{left} requests were left");
        assert_eq!(remaining(&answer), left);
    }
    call().send().await
}

fn as_client(server: &TestServer, world: &World) -> Call {
    server.call("GET", &format!("/v2/oauth-clients/{}/users", world.client)).secret(&world.secret)
}

on_both_engines! {
    /// RL-4, RL-5, RL-6, EN-10, QI-25, QK-14
    async fn after_the_last_allowed_request_comes_a_block_and_then_all_is_as_before(limited: Limited) {
        let server = limited.0;
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap();
        server.advance(SignedDuration::from_secs(5));
        let callers: [&dyn Fn() -> Call; 3] = [
            &|| server.call("GET", "/v2/me").bearer(&world.key),
            &|| server.call("GET", "/v2/me").bearer(token),
            &|| as_client(&server, &world),
        ];
        for call in callers {
            let refused = exhaust(call).await;
            assert_eq!(refused.refused(429), "CustomThrottlerGuard - Too many requests. Please try again later.");
            assert_eq!(refused.body["error"]["code"], "ThrottlerException");
            assert_eq!(refused.body["error"]["details"], refused.body["error"]["message"]);
            assert_eq!(header(&refused, "x-ratelimit-limit-default"), 5);
            assert_eq!(remaining(&refused), 0);
            assert!(header(&refused, "x-ratelimit-reset-default") >= 5);
            assert_eq!(header(&refused, "retry-after"), 5);
        }
        server.advance(SignedDuration::from_secs(4));
        for call in callers {
            let refused = call().send().await;
            let _ = refused.refused(429);
            assert_eq!(header(&refused, "retry-after"), 1, "asking again does not prolong the block");
        }
        server.advance(SignedDuration::from_secs(1));
        for call in callers {
            let answer = call().send().await;
            assert_eq!((answer.status, remaining(&answer)), (200, 4));
            assert!(!answer.headers.contains_key("retry-after"));
            assert_eq!(header(&answer, "x-ratelimit-reset-default"), 3, "2.5 seconds, rounded up");
        }
    }

    /// RL-1, RL-3, QI-9: a client id is public; nobody uses its client's requests up.
    async fn whoever_does_not_prove_who_they_are_counts_by_address(limited: Limited) {
        let server = limited.0;
        let world = server.world().await;
        let path = format!("/v2/oauth-clients/{}/users", world.client);
        let strangers: [&dyn Fn() -> Call; 4] = [
            &|| server.call("GET", &path).secret("wrong").header("x-forwarded-for", "198.51.100.1"),
            &|| server.call("GET", "/v2/me").bearer("garbage").header("x-forwarded-for", "198.51.100.2"),
            &|| server.call("GET", "/v2/me").header("x-forwarded-for", "2001:db8::1"),
            &|| server.call("GET", "/v2/me").header("x-cal-client-id", &world.client).header("x-forwarded-for", "198.51.100.2"),
        ];
        for call in strangers {
            let _ = exhaust(call).await.refused(429);
        }
        let neighbour = server.call("GET", "/v2/me").header("x-forwarded-for", "2001:db8::2").send().await;
        let _ = neighbour.refused(429);
        let elsewhere = server.call("GET", "/v2/me").header("x-forwarded-for", "2001:db8:0:1::1").send().await;
        let _ = elsewhere.refused(401);
        // What a client writes into the header itself does not count.
        let spoofed = server.call("GET", "/v2/me").header("x-forwarded-for", "192.0.2.1, 198.51.100.1").send().await;
        let _ = spoofed.refused(429);
        assert_eq!(remaining(&as_client(&server, &world).send().await), 4);
        let key = server.call("GET", "/v2/me").bearer(&world.key).header("x-forwarded-for", "198.51.100.2").send().await;
        assert_eq!((key.status, remaining(&key)), (200, 4));
    }

    /// RL-1: an expired token is still one of ours, and its caller is about to refresh it.
    async fn an_expired_token_counts_for_itself(limited: Limited) {
        let server = limited.0;
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        server.advance(SignedDuration::from_hours(2));
        let call = || server.call("GET", "/v2/me").bearer(user["accessToken"].as_str().unwrap());
        assert_eq!(call().send().await.status, 498);
        server.advance(SignedDuration::from_secs(5));
        let _ = exhaust(call).await.refused(429);
        assert_eq!(server.call("GET", "/health").send().await.status, 200);
    }

    /// RL-5
    async fn every_answer_of_a_route_has_the_headers_and_no_other(limited: Limited) {
        let server = limited.0;
        let world = server.world().await;
        let has = |answer: &Answer| answer.headers.contains_key("x-ratelimit-limit-default");
        for answer in [
            server.call("GET", "/health").send().await,
            server.call("GET", "/v2/me").send().await,
            server.call("PATCH", "/v2/me").bearer(&world.key).json(&json!({ "timeFormat": 1 })).send().await,
            server.call("GET", "/v2/oauth-clients/unknown").bearer(&world.key).send().await,
        ] {
            assert!(has(&answer), "{}", answer.text);
        }
        for answer in [
            server.call("GET", "/v2/nope").send().await,
            server.call("OPTIONS", "/v2/me").send().await,
            server.call("PATCH", "/v2/me").bearer(&world.key).body("application/json", "{").send().await,
            server.call("PATCH", "/v2/me").body("application/json", vec![b' '; 200_000]).send().await,
        ] {
            assert!(!has(&answer), "{}", answer.text);
        }
    }

    /// RL-7, RL-8, with their example.
    async fn a_key_can_have_limits_of_its_own(limited: Limited) {
        let server = limited.0;
        let world = server.world().await;
        let digest = slotd_store::digest(world.key.strip_prefix("cal_").unwrap());
        let set = async |limits: serde_json::Value| {
            server.write(move |conn| {
                let limits = limits.clone();
                Box::pin(async move { slotd_store::api_keys::set_rate_limits(conn, &digest, Some(&limits)).await.map(drop) })
            }).await;
        };
        let call = async || server.call("GET", "/v2/me").bearer(&world.key).send().await;
        let long = json!({ "name": "long", "limit": 3, "windowMs": 2_000, "blockMs": 4_000 });
        set(json!([long])).await;
        let answer = call().await;
        assert_eq!((header(&answer, "x-ratelimit-limit-long"), header(&answer, "x-ratelimit-remaining-long")), (3, 2));
        assert!(!answer.headers.contains_key("x-ratelimit-limit-default"));
        server.advance(SignedDuration::from_secs(10));

        set(json!([{ "name": "short", "limit": 2, "windowMs": 1_000, "blockMs": 2_000 }, long])).await;
        let left = |answer: &Answer| (answer.status, header(answer, "x-ratelimit-remaining-short"), header(answer, "x-ratelimit-remaining-long"));
        assert_eq!(left(&call().await), (200, 1, 2));
        assert_eq!(left(&call().await), (200, 0, 1));
        assert_eq!(left(&call().await), (200, 0, 0));
        let refused = call().await;
        assert_eq!(left(&refused), (429, 0, 0));
        assert!(header(&refused, "x-ratelimit-reset-short") >= 2 && header(&refused, "x-ratelimit-reset-long") >= 4);
        server.advance(SignedDuration::from_secs(2));
        assert_eq!(left(&call().await), (200, 1, 0));
        server.advance(SignedDuration::from_secs(2));
        assert_eq!(left(&call().await), (200, 1, 2));
        // What cannot be read leaves the usual limit in force.
        set(json!("nonsense")).await;
        assert!(call().await.headers.contains_key("x-ratelimit-limit-default"));

        // AK-1: the key that takes its place has them, too.
        set(json!([long])).await;
        let renewed = server.call("POST", "/v2/api-keys/refresh").bearer(&world.key).send().await;
        let key = renewed.accepted(200)["apiKey"].as_str().unwrap();
        let answer = server.call("GET", "/v2/me").bearer(key).send().await;
        assert_eq!((answer.status, header(&answer, "x-ratelimit-limit-long")), (200, 3));
    }

    /// RL-10, AU-8
    async fn an_unknown_key_is_refused_on_public_routes_too_and_guessing_is_limited(limited: Limited) {
        let server = limited.0;
        let guess = || server.call("GET", "/health").bearer("cal_unknown");
        assert_eq!(guess().send().await.refused(401), "CustomThrottlerGuard - Invalid API Key");
        server.advance(SignedDuration::from_secs(5));
        let _ = exhaust(guess).await.refused(429);
        let world = server.world().await;
        assert_eq!(server.call("GET", "/health").bearer(&world.key).send().await.text, "OK");
    }
}

/// RL-2
#[test]
fn the_usual_limits_are_those_of_the_original() {
    let limits = RateLimitSettings::default();
    for (limit, requests) in [
        (limits.api_key, 120),
        (limits.access_token, 500),
        (limits.oauth_client, 500),
        (limits.address, 120),
    ] {
        let minute = SignedDuration::from_mins(1);
        let name = "default".to_owned();
        assert_eq!(limit, Limit { name, requests, window: minute, block: minute });
    }
    assert!(Settings::default().rate_limits.is_some());
}
