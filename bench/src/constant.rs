//! The limit of reading routes: a constant answer behind slotd's edge.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use slotd_contract::Success;
use slotd_contract::managed_users::ManagedUser;
use slotd_http::{App, Clock, Settings};
use slotd_store::{Location, Options, ServerKey, Store};
use tokio::net::TcpListener;

use crate::Result;

/// A managed user as slotd answers it, with lengths of real values.
fn body() -> Result<String> {
    let user = ManagedUser {
        id: 1234,
        email: "new-1234567890-1-0-1234+cluo37fwd0001khkzqqynkpj3@example.com".to_owned(),
        username: Some("new-1234567890-1-0-1234-cluo37fwd0001khkzqqynkpj3-example".to_owned()),
        name: Some("Alice Smith".to_owned()),
        bio: None,
        time_zone: "Europe/Rome".to_owned(),
        week_start: "Sunday".to_owned(),
        created_date: "2026-03-02T09:15:04.120Z".to_owned(),
        time_format: Some(12),
        default_schedule_id: Some(1234),
        locale: None,
        avatar_url: None,
        metadata: None,
    };
    Ok(serde_json::to_string(&Success::of(user))?)
}

/// Serves `/constant` on a free port until it is killed, logging as slotd does.
#[tokio::main]
pub(crate) async fn serve() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter("info")
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    // The edge asks for an app, and the app for a store, which nothing here uses.
    let path = std::env::temp_dir().join(format!("slotd-bench-{}.db", std::process::id()));
    let options = Options::new(Location::Sqlite(path.clone()));
    slotd_store::migrate(&options, false).await?;
    let store = Store::open(&options, &ServerKey::generate().into())?;
    for end in ["", "-wal", "-shm"] {
        let mut file = path.clone().into_os_string();
        file.push(end);
        std::fs::remove_file(file)?;
    }
    let body: &'static str = body()?.leak();
    let answer = async move || ([(header::CONTENT_TYPE, "application/json")], body);
    let extra = Router::new().route("/constant", get(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = App::new(store, Clock::system(), Settings::default());
    slotd_http::serve(listener, app, extra, std::future::pending()).await?;
    Ok(())
}
