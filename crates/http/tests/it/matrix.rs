//! The authorization matrix: every route of the access table as nobody, with a
//! wrong secret, as another tenant, as another user of the same client, with an
//! expired token, with too small a permission, and as the right caller.

use jiff::SignedDuration;
use serde_json::json;
use slotd_domain::oauth2::ClientType;
use slotd_domain::{Permissions, Role};
use slotd_http::{Check, CredentialKind, RouteRule, access_table};
use slotd_testkit::{Answer, Call, TestServer, World, on_both_engines};

struct Cast {
    right: World,
    other: World,
    weak: World,
    user: i64,
    username: String,
    user_token: String,
    expired_token: String,
    other_user_token: String,
    weak_token: String,
    member_key: String,
    webhook: String,
    event_type: i64,
    owners_event_type: i64,
    app: (String, String),
    session: String,
    narrow_app_token: String,
}

impl Cast {
    fn path(&self, rule: &RouteRule) -> String {
        self.path_to(rule, self.event_type)
    }

    fn path_to(&self, rule: &RouteRule, event_type: i64) -> String {
        let client = if names_an_app(rule) { &self.app.0 } else { &self.right.client };
        rule.path
            .replace("{clientId}", client)
            .replace("{userId}", &self.user.to_string())
            .replace("{webhookId}", &self.webhook)
            .replace("{eventTypeId}", &event_type.to_string())
            .replace("{appSlug}", "stripe")
            .replace("{slug}", "intro")
            .replace("{username}", &self.username)
    }

    /// The path for those who act as the client's owner, who has things of their own.
    fn owners_path(&self, rule: &RouteRule) -> String {
        self.path_to(rule, self.owners_event_type)
    }
}

async fn cast(server: &TestServer) -> Cast {
    let (right, other, weak) = (
        server.world().await,
        server.world().await,
        server.world_with(Permissions::NONE, &[]).await,
    );
    let expired = server.new_managed_user(&right, "expired@example.com").await;
    server.advance(SignedDuration::from_hours(2));
    let user = server.new_managed_user(&right, "user@example.com").await;
    let other_user = server.new_managed_user(&right, "other@example.com").await;
    let weak_user = server.new_managed_user(&weak, "weak@example.com").await;
    let member = server.new_person(Some((right.organization, Role::Member, true))).await;
    let webhooks = format!("/v2/oauth-clients/{}/webhooks", right.client);
    let webhook =
        json!({ "active": true, "subscriberUrl": "https://hooks.example.com", "triggers": [] });
    let webhook = server.call("POST", &webhooks).secret(&right.secret).json(&webhook).send().await;
    let token = |data: &serde_json::Value| data["accessToken"].as_str().unwrap().to_owned();
    let event_type = async |call: Call| {
        let body = json!({ "title": "Intro", "slug": "intro", "length": 30 });
        call.json(&body).send().await.accepted(201)["id"].as_i64().unwrap()
    };
    let new = || server.call("POST", "/v2/event-types");
    let owners_event_type = event_type(new().bearer(&right.key)).await;
    let event_type = event_type(new().bearer(user["accessToken"].as_str().unwrap())).await;
    let scopes =
        ["APPS_READ", "PROFILE_READ", "PROFILE_WRITE", "EVENT_TYPE_READ", "EVENT_TYPE_WRITE"];
    let app = server.new_app(right.owner, ClientType::Confidential, Some(&scopes)).await;
    let session = server.new_session(right.owner).await;
    let narrow = server.app_tokens(&app, &session, &["APPS_READ"]).await;
    Cast {
        user: user["user"]["id"].as_i64().unwrap(),
        username: user["user"]["username"].as_str().unwrap().to_owned(),
        event_type,
        owners_event_type,
        user_token: token(&user),
        expired_token: token(&expired),
        other_user_token: token(&other_user),
        weak_token: token(&weak_user),
        member_key: server.new_key(member, Some(right.organization), None).await,
        webhook: webhook.accepted(201)["id"].as_str().unwrap().to_owned(),
        narrow_app_token: narrow["access_token"].as_str().unwrap().to_owned(),
        app,
        session,
        right,
        other,
        weak,
    }
}

/// Statuses that mean "let in": a success, or a refusal of the empty body.
fn let_in(answer: &Answer) -> bool {
    answer.status < 300
        || (answer.status == 400
            && (answer.body["error"]["code"] == "BadRequestException"
                || answer.body["error"] == "invalid_request"))
}

/// Whether the `{clientId}` in the path is a third-party app's.
fn names_an_app(rule: &RouteRule) -> bool {
    rule.path.contains("/oauth2/")
}

fn is_of_event_types(rule: &RouteRule) -> bool {
    rule.path.contains("/event-types")
}

fn has_path_client(rule: &RouteRule) -> bool {
    rule.path.contains("{clientId}") && !names_an_app(rule)
}

fn asks_for_role(rule: &RouteRule) -> Option<&'static [Role]> {
    rule.access.checks.iter().find_map(|check| match check {
        Check::OrganizationRole(roles) => Some(*roles),
        _ => None,
    })
}

fn asks_for_permission(rule: &RouteRule) -> bool {
    rule.access.checks.iter().any(|check| matches!(check, Check::Permissions(_)))
}

fn with_client(call: Call, rule: &RouteRule, world: &World) -> Call {
    // Where the path names no client the header does.
    let call =
        if has_path_client(rule) { call } else { call.header("x-cal-client-id", &world.client) };
    call.secret(&world.secret)
}

on_both_engines! {
    /// AU-1, AU-14, PM-1, PM-7, PM-13, PM-14, PM-15, OC-1, MU-1, O2-1, O2-2, O2-12, OF-1
    async fn every_route_lets_in_exactly_its_callers(server: TestServer) {
        for rule in access_table() {
            let name = format!("{} {}", rule.method, rule.path);
            let cast = cast(&server).await;
            let path = cast.path(&rule);
            let call = || server.call(rule.method.as_str(), &path).json(&json!({}));
            let owners_path = cast.owners_path(&rule);
            let owners_call = || server.call(rule.method.as_str(), &owners_path).json(&json!({}));
            if rule.access.checks.is_empty() {
                let call = || match rule.path.as_str() {
                    // Whose it is stands in the query.
                    "/v2/atoms/event-types/{slug}/public" => {
                        server.call("GET", &format!("{path}?username={}", cast.username))
                    }
                    _ => call(),
                };
                let nobody = call().send().await;
                assert!(let_in(&nobody), "{name} is public: {}", nobody.text);
                continue;
            }
            assert_eq!(rule.access.checks.first(), Some(&Check::Authenticated), "{name}");
            let takes = |kind| rule.access.credentials.contains(&kind);

            assert_eq!(call().send().await.status, 401, "{name} as nobody");
            let wrong_secret = call().header("x-cal-client-id", &cast.right.client).secret("wrong").send().await;
            assert_eq!(wrong_secret.status, 401, "{name} with a wrong secret");
            assert_eq!(call().bearer("cal_unknown").send().await.status, 401, "{name} with an unknown key");
            assert_eq!(call().bearer("unknown").send().await.status, 401, "{name} with an unknown token");

            // Another tenant.
            if has_path_client(&rule) {
                let foreign = call().secret(&cast.other.secret).send().await;
                assert_eq!(foreign.status, 401, "{name} with another tenant's secret");
                let expected = if takes(CredentialKind::ApiKey) { 403 } else { 401 };
                let foreign = call().bearer(&cast.other.key).send().await;
                assert_eq!(foreign.status, expected, "{name} with another tenant's key: {}", foreign.text);
                let foreign = call().bearer(&cast.weak_token).send().await;
                let is_for_tokens = rule.access.checks.contains(&Check::TokenOfOAuthClient);
                let expected = if takes(CredentialKind::AccessToken) && !is_for_tokens { 403 } else { 401 };
                assert_eq!(foreign.status, expected, "{name} with another tenant's user: {}", foreign.text);
            }

            // An expired token, and another user of the same client.
            let expired = call().bearer(&cast.expired_token).send().await;
            let expected = if takes(CredentialKind::AccessToken) { 498 } else { 401 };
            assert_eq!(expired.status, expected, "{name} with an expired token: {}", expired.text);
            let other_user = call().bearer(&cast.other_user_token).send().await;
            if !takes(CredentialKind::AccessToken) {
                assert_eq!(other_user.status, 401, "{name} as another user");
            } else if asks_for_role(&rule).is_some() {
                assert_eq!(other_user.status, 403, "{name} as another user: {}", other_user.text);
            } else if rule.path.contains("{eventTypeId}") {
                assert_eq!(other_user.status, 404, "{name} as another user: {}", other_user.text);
            } else if is_of_event_types(&rule) {
                assert!(let_in(&other_user), "{name} as another user: {}", other_user.text);
                assert!(!other_user.text.contains("\"Intro\""), "{name}: everybody sees only their own");
            } else {
                assert_ne!(other_user.accepted(200)["id"], cast.user, "{name}: everybody sees only themselves");
            }

            // A session opens what people do in a browser, and nothing else.
            let session = call().header("cookie", &cast.session).send().await;
            if takes(CredentialKind::Session) {
                assert!(let_in(&session), "{name} with a session: {}", session.text);
                let foreign = call().header("cookie", "slotd_session=unknown").send().await;
                assert_eq!(foreign.status, 401, "{name} with an unknown session");
            } else {
                assert_eq!(session.status, 401, "{name} with a session");
            }

            // A third-party app, with another scope than the route's and with the route's.
            let narrow = call().bearer(&cast.narrow_app_token).send().await;
            let expected = if takes(CredentialKind::AccessToken) { 403 } else { 401 };
            assert_eq!(narrow.status, expected, "{name} as an app: {}", narrow.text);
            if !rule.access.scopes.is_empty() {
                let scopes: Vec<&str> = rule.access.scopes.iter().map(|scope| scope.name()).collect();
                let tokens = server.app_tokens(&cast.app, &cast.session, &scopes).await;
                let app = owners_call().bearer(tokens["access_token"].as_str().unwrap()).send().await;
                assert!(let_in(&app), "{name} as an app with {scopes:?}: {}", app.text);
            }

            // Too small a permission or role.
            if asks_for_permission(&rule) {
                let weak = call().bearer(&cast.weak_token).send().await;
                assert_eq!(weak.status, 403, "{name} without the permission: {}", weak.text);
                let weak = call().header("x-cal-client-id", &cast.weak.client).secret(&cast.weak.secret).send().await;
                assert_eq!(weak.status, 403, "{name} without the permission: {}", weak.text);
            }
            if let Some(roles) = asks_for_role(&rule) {
                let member = call().bearer(&cast.member_key).send().await;
                if roles.contains(&Role::Member) {
                    assert!(let_in(&member), "{name} as a member: {}", member.text);
                } else {
                    assert_eq!(member.status, 403, "{name} as a member: {}", member.text);
                }
                let token = call().bearer(&cast.user_token).send().await;
                assert_eq!(token.status, 403, "{name} with a managed user's token: {}", token.text);
            }

            // The right callers.
            if asks_for_permission(&rule) {
                let right = call().bearer(&cast.user_token).send().await;
                if is_of_event_types(&rule) {
                    assert!(let_in(&right), "{name} as its owner: {}", right.text);
                } else {
                    assert_eq!(right.accepted(200)["id"], cast.user, "{name}");
                }
            }
            let right = if takes(CredentialKind::OAuthClient) {
                with_client(owners_call(), &rule, &cast.right)
            } else if takes(CredentialKind::ApiKey) {
                owners_call().bearer(&cast.right.key)
            } else if takes(CredentialKind::Session) {
                call().header("cookie", &cast.session)
            } else {
                call().bearer(&cast.user_token)
            };
            let right = right.send().await;
            assert!(let_in(&right), "{name} as the right caller: {}", right.text);
        }
    }

    /// Every operation that is built has an access rule, and none twice.
    async fn every_documented_operation_has_one_access_rule(server: TestServer) {
        let mut rules: Vec<String> = access_table().iter().map(|rule| format!("{} {}", rule.method, rule.path)).collect();
        rules.sort();
        let count = rules.len();
        rules.dedup();
        assert_eq!(rules.len(), count);
        let document = slotd_http::openapi();
        let mut documented: Vec<String> = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            documented.extend(methods.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
        }
        documented.sort();
        assert_eq!(rules, documented);
        let served = server.call("GET", "/openapi.json").send().await;
        assert_eq!(served.body, document);
    }
}
