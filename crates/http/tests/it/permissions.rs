//! Permissions and roles (section 1.4 of the platform rules).

use axum::routing::get;
use jiff::SignedDuration;
use slotd_domain::{Permission, Permissions, Role};
use slotd_http::{ANY_CREDENTIAL, Access, Check, guard};
use slotd_store::organizations;
use slotd_testkit::{Engine, TestServer, on_both_engines};

/// As on bookings and event types: the permission is checked before the caller.
const PERMISSION_FIRST: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[
        Check::Permissions(Permissions::of(&[Permission::BookingRead])),
        Check::Authenticated,
    ],
    scopes: &[],
};
/// As on bookings without a required permission.
const NO_PERMISSION: Access = Access {
    credentials: ANY_CREDENTIAL,
    checks: &[Check::Permissions(Permissions::NONE), Check::Authenticated],
    scopes: &[],
};

/// Statuses on routes that check permissions before authentication; clients'
/// force-refresh path keys on the 403 (QK-3).
async fn permission_first(engine: Engine) {
    let routes = axum::Router::new()
        .route("/first", guard(&PERMISSION_FIRST, get(async || "in")))
        .route("/none", guard(&NO_PERMISSION, get(async || "in")));
    let Some(server) = TestServer::start_with(engine, TestServer::settings(), routes).await else {
        return;
    };
    let world = server.world().await;
    let user = server.new_managed_user(&world, "alice@example.com").await;
    let token = user["accessToken"].as_str().unwrap();
    let first = || server.call("GET", "/first");

    assert_eq!(
        first().send().await.refused(403),
        "PermissionsGuard - no authentication provided. Provide either authorization bearer token containing managed \
         user access token or oAuth client id in 'x-cal-client-id' header."
    );
    assert_eq!(server.call("GET", "/none").send().await.status, 401, "no permission, no check");
    let unknown = first().bearer("unknown").send().await;
    let expected = "PermissionsGuard - no oAuth client found for access token=";
    assert!(unknown.refused(403).starts_with(expected), "{}", unknown.text);
    assert_eq!(server.call("GET", "/none").bearer("unknown").send().await.status, 401);
    assert_eq!(first().bearer(token).send().await.text, "in");
    assert_eq!(first().bearer(&world.key).send().await.text, "in");
    let _ = first().bearer("cal_unknown").send().await.refused(401);
    // A client id alone passes the permission check and not authentication.
    let _ = first().header("x-cal-client-id", &world.client).send().await.refused(401);
    let client = first().header("x-cal-client-id", &world.client).secret(&world.secret);
    assert_eq!(client.send().await.text, "in");

    server.advance(SignedDuration::from_hours(2));
    assert_eq!(first().bearer(token).send().await.refused(498), "ACCESS_TOKEN_IS_EXPIRED");
    // Rotated: the token is unknown from now on.
    let path =
        format!("/v2/oauth-clients/{}/users/{}/force-refresh", world.client, user["user"]["id"]);
    let fresh = server.call("POST", &path).secret(&world.secret).send().await;
    let rotated = first().bearer(token).send().await;
    assert!(rotated.refused(403).starts_with(expected), "{}", rotated.text);
    let fresh = fresh.accepted(200)["accessToken"].as_str().unwrap();
    assert_eq!(first().bearer(fresh).send().await.text, "in");
}

/// PM-4, PM-6, QK-3, AU-8
#[tokio::test(flavor = "multi_thread")]
async fn on_permission_first_routes_an_unknown_token_is_forbidden_on_sqlite() {
    permission_first(Engine::Sqlite).await;
}

/// PM-4, PM-6, QK-3, AU-8
#[tokio::test(flavor = "multi_thread")]
async fn on_permission_first_routes_an_unknown_token_is_forbidden_on_postgres() {
    permission_first(Engine::Postgres).await;
}

on_both_engines! {
    /// PM-1, PM-2, PM-3, PM-7, ME-5
    async fn the_clients_permissions_bound_its_users_and_its_credentials(server: TestServer) {
        let world = server.world_with(Permissions::of(&[Permission::ProfileWrite, Permission::BookingRead]), &[]).await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap();
        let refused = format!(
            "PermissionsGuard - oAuth client with id={} does not have the required permissions=PROFILE_READ. Go to \
             platform dashboard settings and add the required permissions to the oAuth client.",
            world.client
        );
        let answer = server.call("GET", "/v2/me").bearer(token).send().await;
        assert_eq!(answer.refused(403), refused);
        assert_eq!(answer.body["error"]["code"], "ForbiddenException");
        let credentials = server.call("GET", "/v2/me").header("x-cal-client-id", &world.client).secret(&world.secret);
        assert_eq!(credentials.send().await.refused(403), refused);
        // What looks like a key beside the credentials changes nothing, and neither does a key.
        for bearer in ["cal_x", &world.key] {
            let credentials = server.call("GET", "/v2/me").header("x-cal-client-id", &world.client).secret(&world.secret);
            assert_eq!(credentials.bearer(bearer).send().await.refused(403), refused, "{bearer}");
        }
        // Writing is permitted, a key needs no permission, and routes without one are open.
        let patch = server.call("PATCH", "/v2/me").bearer(token).json(&serde_json::json!({})).send().await;
        let _ = patch.accepted(200);
        let _ = server.call("GET", "/v2/me").bearer(&world.key).send().await.accepted(200);
        let path = format!("/v2/oauth-clients/{}/users", world.client);
        let _ = server.call("GET", &path).secret(&world.secret).send().await.accepted(200);
    }

    /// PM-5, QI-22
    async fn the_bearer_tokens_client_counts_before_the_credentials(server: TestServer) {
        let world = server.world().await;
        let weak = server.world_with(Permissions::NONE, &[]).await;
        let me = |bearer: &str| {
            server.call("GET", "/v2/me").header("x-cal-client-id", &world.client).secret(&world.secret).bearer(bearer).send()
        };
        let answer = me("unknown-token-with-a-long-text").await;
        let message = answer.refused(403);
        assert!(message.starts_with("PermissionsGuard - no oAuth client found for access token="), "{message}");
        assert!(!message.contains("with-a-long-text"), "only a prefix of the token is repeated");
        let user = server.new_managed_user(&weak, "alice@example.com").await;
        let answer = me(user["accessToken"].as_str().unwrap()).await;
        assert!(answer.refused(403).contains(&format!("id={}", weak.client)));
        assert_eq!(me(&world.key).await.accepted(200)["id"], world.owner.0);
    }

    /// PM-10, PM-11, PM-12, PM-13, PM-15, OC-2, OC-3, OC-4, OC-5, QI-3
    async fn roles_in_a_platform_organization_decide(server: TestServer) {
        let world = server.world().await;
        let client = format!("/v2/oauth-clients/{}", world.client);
        let call = |method: &str, path: &str, key: &str| {
            server.call(method, path).bearer(key).json(&serde_json::json!({})).send()
        };

        let nobody = server.new_person(None).await;
        let key = server.new_key(nobody, None, None).await;
        for (method, path) in [("POST", "/v2/oauth-clients"), ("GET", "/v2/oauth-clients"), ("GET", &client), ("PATCH", &client), ("DELETE", &client)] {
            let answer = call(method, path, &key).await;
            assert_eq!(answer.refused(403), "OrganizationRolesGuard - No organization associated with the user.");
        }

        let organization = slotd_domain::OrganizationId(server.app.store.next_id(slotd_store::Sequence::Team).await.unwrap());
        let now = server.now();
        server.write(move |conn| Box::pin(async move {
            organizations::insert(conn, organization, "Plain", "plain", false, now).await.map(drop)
        })).await;
        let admin = server.new_person(Some((organization, Role::Admin, true))).await;
        let key = server.new_key(admin, Some(organization), None).await;
        let answer = call("GET", "/v2/oauth-clients", &key).await;
        assert_eq!(answer.refused(403), "OrganizationRolesGuard - Organization is not a platform (SHP).");

        let invited = server.new_person(Some((world.organization, Role::Admin, false))).await;
        let key = server.new_key(invited, Some(world.organization), None).await;
        let answer = call("GET", "/v2/oauth-clients", &key).await;
        assert_eq!(answer.refused(403), "OrganizationRolesGuard - User has not accepted membership in the organization.");

        let stranger = server.new_person(None).await;
        let key = server.new_key(stranger, Some(world.organization), None).await;
        let _ = call("GET", "/v2/oauth-clients", &key).await.refused(403);

        let member = server.new_person(Some((world.organization, Role::Member, true))).await;
        let key = server.new_key(member, Some(world.organization), None).await;
        let _ = call("GET", "/v2/oauth-clients", &key).await.accepted(200);
        let _ = call("GET", &client, &key).await.accepted(200);
        assert_eq!(call("GET", "/v2/oauth-clients/unknown", &key).await.refused(404), "OAuthClientGuard - OAuth client not found.");
        for (method, path) in [("POST", "/v2/oauth-clients"), ("PATCH", &client), ("DELETE", &client), ("DELETE", "/v2/oauth-clients/unknown")] {
            let answer = call(method, path, &key).await;
            assert_eq!(answer.refused(403), "OrganizationRolesGuard - User must have one of the roles: ADMIN, OWNER.", "{method} {path}");
        }

        for role in [Role::Admin, Role::Owner] {
            let person = server.new_person(Some((world.organization, role, true))).await;
            let key = server.new_key(person, Some(world.organization), None).await;
            let _ = call("GET", &client, &key).await.accepted(200);
            assert_eq!(call("POST", "/v2/oauth-clients", &key).await.invalid_fields().len(), 3);
            let _ = call("PATCH", &client, &key).await.accepted(200);
        }
    }

    /// PM-10
    async fn a_key_without_organization_passes_the_role_check_but_names_no_organization(server: TestServer) {
        let world = server.world().await;
        let key = server.new_key(world.owner, None, None).await;
        for method in ["GET", "POST"] {
            let answer = server.call(method, "/v2/oauth-clients").bearer(&key).send().await;
            assert_eq!(answer.refused(401), "GetOrgId decorator: Organization ID not found");
        }
        let path = format!("/v2/oauth-clients/{}", world.client);
        let _ = server.call("GET", &path).bearer(&key).send().await.accepted(200);
    }

    /// PM-14
    async fn a_client_of_another_organization_is_forbidden(server: TestServer) {
        let (one, two) = (server.world().await, server.world().await);
        let path = format!("/v2/oauth-clients/{}", one.client);
        let expected = format!(
            "OAuthClientGuard - forbidden. oAuth client with id={} does not belong to the organization with id={}.",
            one.client, two.organization
        );
        for (method, path) in [("GET", path.clone()), ("PATCH", path.clone()), ("DELETE", path.clone()), ("GET", format!("{path}/users")), ("POST", format!("{path}/users"))] {
            let answer = server.call(method, &path).bearer(&two.key).send().await;
            assert_eq!(answer.refused(403), expected, "{method} {path}");
        }
        let _ = server.call("GET", &path).bearer(&one.key).send().await.accepted(200);
    }

    /// OC-19, QI-29, PM-13
    async fn a_managed_users_token_never_reads_clients_and_their_secrets(server: TestServer) {
        let world = server.world().await;
        let user = server.new_managed_user(&world, "alice@example.com").await;
        let token = user["accessToken"].as_str().unwrap();
        let client = format!("/v2/oauth-clients/{}", world.client);
        let (all, managers) = ("ADMIN, OWNER, MEMBER", "ADMIN, OWNER");
        for (path, roles) in [
            ("/v2/oauth-clients".to_owned(), all),
            (client.clone(), all),
            (format!("{client}/managed-users"), all),
            (format!("{client}/users"), managers),
        ] {
            let answer = server.call("GET", &path).bearer(token).send().await;
            assert_eq!(answer.refused(403), format!("OrganizationRolesGuard - User must have one of the roles: {roles}."));
            assert!(!answer.text.contains(&world.secret));
        }
    }
}
