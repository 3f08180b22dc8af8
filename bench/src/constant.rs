//! The limit of reading routes: constant answers behind slotd's edge.

use std::path::Path;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use slotd_http::{App, Clock, Settings};
use slotd_store::{Location, Options, ServerKey, Store};
use tokio::net::TcpListener;

use crate::Result;

/// Serves answers on a free port until it is killed, logging as slotd does. Each file
/// of the folder is the body of one, and its name the path.
#[tokio::main]
pub(crate) async fn serve(answers: &Path) -> Result<()> {
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
    let mut extra = Router::new();
    for file in std::fs::read_dir(answers)? {
        let file = file?;
        let name = file.file_name().into_string().map_err(|_| "names of answers are texts")?;
        let body: &'static str = std::fs::read_to_string(file.path())?.leak();
        let answer = async move || ([(header::CONTENT_TYPE, "application/json")], body);
        extra = extra.route(&format!("/{name}"), get(answer));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = App::new(store, Clock::system(), Settings::default());
    slotd_http::serve(listener, app, extra, std::future::pending()).await?;
    Ok(())
}
