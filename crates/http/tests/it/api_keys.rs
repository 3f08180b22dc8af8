//! API keys (section 8 of the platform rules).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slotd_domain::{OrganizationId, Role};
use slotd_store::{api_keys, digest};
use slotd_testkit::{Answer, TestServer, on_both_engines};

pub(crate) async fn refresh(server: &TestServer, key: &str, body: &Value) -> Answer {
    server.call("POST", "/v2/api-keys/refresh").bearer(key).json(body).send().await
}

fn new_key(answer: &Answer) -> &str {
    let data = answer.accepted(200);
    assert_eq!(data.as_object().unwrap().len(), 1);
    let key = data["apiKey"].as_str().unwrap();
    let digits = key.strip_prefix("cal_").unwrap();
    assert!(
        digits.len() == 32 && digits.chars().all(|digit| "0123456789abcdef".contains(digit)),
        "{key}"
    );
    key
}

/// Whether the key opens a route that asks for a bound organization.
async fn lists_clients(server: &TestServer, key: &str) -> u16 {
    server.call("GET", "/v2/oauth-clients").bearer(key).send().await.status
}

async fn stored(server: &TestServer, key: &str) -> api_keys::ApiKey {
    let conn = server.app.store.read().await.unwrap();
    api_keys::by_digest(&conn, &digest(key.strip_prefix("cal_").unwrap())).await.unwrap().unwrap()
}

async fn key_with_note(
    server: &TestServer,
    user: slotd_domain::UserId,
    team: OrganizationId,
) -> String {
    let text = slotd_store::new_api_key();
    let (hash, now) = (digest(&text), server.now());
    server
        .write(move |conn| {
            Box::pin(async move {
                api_keys::insert(conn, &hash, user, Some(team), Some("the office door"), None, now)
                    .await
                    .map(drop)
            })
        })
        .await;
    format!("cal_{text}")
}

on_both_engines! {
    /// AK-1, AK-2, AK-5, AK-6, QK-16, TY-3, step 30 of section 18
    async fn a_key_is_exchanged_and_the_old_one_ends_at_once(server: TestServer) {
        let world = server.world().await;
        let old = key_with_note(&server, world.owner, world.organization).await;
        let answer = server.call("POST", "/v2/api-keys/refresh").bearer(&old).send().await;
        let new = new_key(&answer);
        assert_ne!(new, old);
        assert_eq!(lists_clients(&server, &old).await, 401);
        assert_eq!(refresh(&server, &old, &json!({})).await.refused(401), "CustomThrottlerGuard - Invalid API Key");
        assert_eq!(lists_clients(&server, new).await, 200);
        let key = stored(&server, new).await;
        assert_eq!((key.user_id, key.team_id), (world.owner, Some(world.organization)));
        assert_eq!(key.expires_at, Some(server.now() + SignedDuration::from_hours(24 * 30)));
        // Other keys of the same user stay.
        assert_eq!(lists_clients(&server, &world.key).await, 200);

        // The note went along: the next exchange finds it.
        let hash = digest(new.strip_prefix("cal_").unwrap());
        server
            .write(move |conn| {
                Box::pin(async move {
                    let key = api_keys::take(conn, &hash).await?.unwrap();
                    assert_eq!(key.note.as_deref(), Some("the office door"));
                    Ok(())
                })
            })
            .await;
    }

    /// AK-1
    async fn an_unbound_key_stays_unbound(server: TestServer) {
        let world = server.world().await;
        let old = server.new_key(world.owner, None, None).await;
        let answer = refresh(&server, &old, &json!({})).await;
        assert_eq!(stored(&server, new_key(&answer)).await.team_id, None);
        assert_eq!(lists_clients(&server, new_key(&answer)).await, 401);
    }

    /// AK-2, AU-8
    async fn a_key_lives_as_long_as_was_asked_for(server: TestServer) {
        let world = server.world().await;
        let expiry = |days: i64| Some(server.now() + SignedDuration::from_hours(24 * days));
        let mut key = world.key.clone();
        for (body, expected) in [
            (json!({ "apiKeyDaysValid": 60 }), expiry(60)),
            (json!({ "apiKeyDaysValid": 1.0, "apiKeyNeverExpires": false }), expiry(1)),
            (json!({ "apiKeyNeverExpires": true }), None),
            (json!({ "apiKeyDaysValid": null, "apiKeyNeverExpires": null, "unknown": 1 }), expiry(30)),
            (json!({ "apiKeyDaysValid": 1_000_000 }), Some("4764-01-28T09:15:04.12Z".parse::<Timestamp>().unwrap())),
            (json!({ "apiKeyDaysValid": 1 }), expiry(1)),
        ] {
            let answer = refresh(&server, &key, &body).await;
            key = new_key(&answer).to_owned();
            assert_eq!(stored(&server, &key).await.expires_at, expected, "{body}");
        }
        // A key works until the end of its last day.
        server.advance(SignedDuration::from_hours(38));
        assert_eq!(lists_clients(&server, &key).await, 200);
        server.advance(SignedDuration::from_hours(1));
        assert_eq!(refresh(&server, &key, &json!({})).await.refused(401), "ApiAuthStrategy - api key - Your api key is expired");
    }

    /// AK-2
    async fn a_refused_request_leaves_the_key_as_it_is(server: TestServer) {
        let world = server.world().await;
        let both = refresh(&server, &world.key, &json!({ "apiKeyDaysValid": 1, "apiKeyNeverExpires": true })).await;
        assert_eq!(
            both.refused(400),
            "ApiKeysService -Cannot set both apiKeyDaysValid and apiKeyNeverExpires. It has to be either or none of them."
        );
        let constraints = |answer: &Answer| answer.body["error"]["details"]["errors"][0]["constraints"].clone();
        for (value, expected) in [
            (json!(0), json!({ "min": "apiKeyDaysValid must not be less than 1" })),
            (json!(-1e300), json!({ "min": "apiKeyDaysValid must not be less than 1" })),
            (json!(1.5), json!({ "isInt": "apiKeyDaysValid must be an integer number" })),
            (json!(1e300), json!({ "max": "apiKeyDaysValid must not be greater than 1000000" })),
            (json!("12"), json!({ "min": "apiKeyDaysValid must not be less than 1", "isInt": "apiKeyDaysValid must be an integer number" })),
        ] {
            let answer = refresh(&server, &world.key, &json!({ "apiKeyDaysValid": value })).await;
            assert_eq!(answer.invalid_fields(), ["apiKeyDaysValid"], "{value}");
            assert_eq!(constraints(&answer), expected, "{value}");
        }
        for value in [json!(true), json!([]), json!({}), json!([1]), json!("\0"), json!("")] {
            assert_eq!(refresh(&server, &world.key, &json!({ "apiKeyDaysValid": value })).await.invalid_fields(), ["apiKeyDaysValid"]);
        }
        for value in [json!("true"), json!(1), json!([])] {
            let answer = refresh(&server, &world.key, &json!({ "apiKeyNeverExpires": value })).await;
            assert_eq!(answer.invalid_fields(), ["apiKeyNeverExpires"]);
        }
        assert_eq!(lists_clients(&server, &world.key).await, 200);
    }

    /// AK-3, step 30 of section 18
    async fn only_an_api_key_can_be_refreshed(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let call = || server.call("POST", "/v2/api-keys/refresh");
        let expected = "ApiKeysService - This endpoint can only be accessed using an API key by providing \
                        'Authorization: Bearer <apiKey>' header";
        let token = call().bearer(user["accessToken"].as_str().unwrap()).send().await;
        assert_eq!(token.refused(401), expected);
        let client = call().header("x-cal-client-id", &world.client).secret(&world.secret).send().await;
        assert_eq!(client.refused(401), expected);
        assert!(call().send().await.refused(401).contains("No authentication method provided"));
        let _ = call().bearer("cal_unknown").send().await.refused(401);
    }

    /// AK-4, EN-7, QI-4
    async fn a_key_of_a_team_is_refreshed_by_its_admins_only(server: TestServer) {
        let world = server.world().await;
        for (role, accepted, allowed) in [
            (Some(Role::Owner), true, true),
            (Some(Role::Admin), true, true),
            (Some(Role::Member), true, false),
            (Some(Role::Admin), false, false),
            (None, true, false),
        ] {
            let person = server.new_person(role.map(|role| (world.organization, role, accepted))).await;
            let key = server.new_key(person, Some(world.organization), None).await;
            let answer = refresh(&server, &key, &json!({})).await;
            if allowed {
                assert_eq!(stored(&server, new_key(&answer)).await.user_id, person);
                continue;
            }
            assert_eq!(answer.refused(401), "You are not authorized to access this resource", "{role:?}");
            assert_eq!(answer.body["error"]["code"], "TRPCError");
            let details = &answer.body["error"]["details"];
            assert_eq!(details["message"], "Only an ADMIN or OWNER of the team can refresh an API key that is bound to it.");
            assert_eq!(stored(&server, &key).await.user_id, person, "the key is still there");
            // A key of their own they may refresh.
            let own = server.new_key(person, None, None).await;
            let _ = refresh(&server, &own, &json!({})).await.accepted(200);
        }
    }

    /// AK-5: what is stored under the digest of somebody else's key table works.
    async fn keys_are_known_by_the_digest_of_what_follows_the_prefix(server: TestServer) {
        let world = server.world().await;
        // printf %s 0123456789abcdef0123456789abcdef | sha256sum
        let known = "3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9";
        let text = "0123456789abcdef0123456789abcdef";
        let hash = digest(text);
        let hexadecimal: String = hash.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert_eq!(hexadecimal, known);
        let (user, now, team) = (world.owner, server.now(), world.organization);
        server
            .write(move |conn| {
                Box::pin(async move { api_keys::insert(conn, &hash, user, Some(team), None, None, now).await.map(drop) })
            })
            .await;
        assert_eq!(lists_clients(&server, &format!("cal_{text}")).await, 200);
    }
}
