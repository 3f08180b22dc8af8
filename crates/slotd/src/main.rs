//! `slotd`: a self-hosted scheduling server.

mod admin;
mod key_file;
mod rotation;
mod settings;
#[cfg(test)]
mod settings_reference;
mod setup;
#[cfg(feature = "otel")]
mod traces;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use serde::Serialize;
use slotd_http::{App, Clock};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, Settings};
use crate::setup::{FirstStart, Opened};

/// A self-hosted scheduling server: OAuth clients, managed users, tokens.
///
/// Start it with `slotd serve`. Every option can also be set as an environment
/// variable (`--data-dir` is SLOTD_DATA_DIR) or in the file slotd.toml
/// (data_dir = "…"); options win over variables, variables over the file.
#[expect(clippy::doc_markdown, reason = "these texts are the command's help")]
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = false)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options of every command. They are also what `Settings` is overridden with.
#[expect(clippy::doc_markdown, reason = "these texts are the command's help")]
#[derive(Debug, Args, Serialize)]
struct Common {
    /// Settings file [default: slotd.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Folder of the embedded database and of the key file [default: slotd-data]
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "database_url")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<PathBuf>,
    /// Store in this PostgreSQL database instead: postgres://user:password@host/database
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<String>,
    /// File with the server's key, or keys while they are rotated [default: secret.key in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    key_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (what slotd does without a command)
    Serve(Serve),
    /// Manage organizations, users and their credentials, also while a server is running
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Bring the database schema up to date and exit (serve does it by itself)
    Migrate {
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Copy the embedded database to a new file, also while a server is running
    ///
    /// The copy is consistent and checked. It does not hold the key, without which
    /// it cannot be read: back that up too. To restore, stop slotd, put the copy in
    /// the place of slotd.db in the data folder, remove slotd.db-wal and slotd.db-shm
    /// there, and start slotd.
    Backup {
        /// The file to write; it must not exist yet
        file: PathBuf,
    },
    /// Check the settings and print them, without secrets
    CheckConfig,
    /// Print the OpenAPI document of this server
    Openapi,
}

#[derive(Debug, Default, Args, Serialize)]
struct Serve {
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<String>,
    /// Start the server's clock at this instant, such as 2026-11-23T09:00:00Z: for tests and demonstrations
    #[arg(long, value_name = "INSTANT")]
    #[serde(skip)]
    clock: Option<Timestamp>,
}

#[derive(Serialize)]
struct Flags<'a> {
    #[serde(flatten)]
    common: &'a Common,
    #[serde(flatten)]
    serve: &'a Serve,
}

/// Why a command failed, for the person who ran it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

impl Failure {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// `text`, and the whole chain of causes.
    fn because(text: &str, error: &dyn std::error::Error) -> Self {
        Self(format!("{text}: {}", Self::chain(error)))
    }

    /// The whole chain of causes.
    fn chain(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self(text)
    }
}

/// Prints a line to stdout at once. A reader that went away is no reason to stop.
fn print_line(line: &str) {
    let mut out = std::io::stdout().lock();
    let _closed = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _closed = writeln!(std::io::stderr(), "slotd: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let command = cli.command.unwrap_or_else(|| Command::Serve(Serve::default()));
    let settings = |serve: &Serve| {
        Settings::read(cli.common.config.as_deref(), &Flags { common: &cli.common, serve })
    };
    match command {
        Command::Serve(args) => serve(&settings(&args)?, args.clock).await,
        Command::Admin(command) => {
            let settings = settings(&Serve::default())?;
            // A command says by itself what it did, unless more is asked for.
            let filter = match settings.log.as_str() {
                "info" => EnvFilter::new("warn"),
                _ => settings.log_filter()?,
            };
            log_to_stderr(&settings, filter);
            let now = Clock::system().now();
            let Opened { store, keys, first } = setup::open(&settings, now).await?;
            if let Some(first) = first {
                // Beside the answer, which may be JSON that a program reads.
                let _closed = writeln!(std::io::stderr(), "{}", greeting(&settings, &first));
            }
            let done = admin::run(&store, keys, command, &settings, now).await;
            store.close();
            done
        }
        Command::Migrate { dry_run } => {
            let settings = settings(&Serve::default())?;
            migrate(&settings, dry_run).await
        }
        Command::Backup { file } => backup(&settings(&Serve::default())?, &file),
        Command::CheckConfig => {
            let settings = settings(&Serve::default())?.without_secrets();
            let text = serde_json::to_string_pretty(&settings)
                .map_err(|error| Failure::new(error.to_string()))?;
            print_line(&text);
            Ok(())
        }
        Command::Openapi => {
            let document = serde_json::to_string_pretty(&slotd_http::openapi());
            print_line(&document.map_err(|error| Failure::new(error.to_string()))?);
            Ok(())
        }
    }
}

async fn migrate(settings: &Settings, dry_run: bool) -> Result<(), Failure> {
    let applied = setup::migrate(settings, dry_run).await?;
    let verb = if dry_run { "would apply" } else { "applied" };
    if applied.is_empty() {
        print_line("the database schema is up to date");
    }
    for migration in applied {
        print_line(&format!("{verb} {migration}"));
    }
    Ok(())
}

fn backup(settings: &Settings, file: &Path) -> Result<(), Failure> {
    let made = slotd_store::backup(&settings.store_options(), file)
        .map_err(|error| Failure::chain(&error))?;
    print_line(&format!("wrote {} ({} bytes)", file.display(), made.bytes));
    if !made.pending.is_empty() {
        let migrations = made.pending.join(", ");
        print_line(&format!("its schema is older than this slotd, which will apply {migrations}"));
    }
    print_line(&format!(
        "The key is not in it, and without the key it cannot be read: back up {} too, in another place.",
        settings.key_place()
    ));
    Ok(())
}

fn log_to_stderr(settings: &Settings, filter: EnvFilter) {
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => {
            builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init();
        }
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}

async fn serve(settings: &Settings, clock: Option<Timestamp>) -> Result<(), Failure> {
    #[cfg(not(feature = "otel"))]
    log_to_stderr(settings, settings.log_filter()?);
    #[cfg(feature = "otel")]
    let traces = traces::start(settings)?;
    let clock = match clock {
        Some(instant) => {
            tracing::warn!(%instant, "THE CLOCK IS NOT THE MACHINE'S: it was started at the given instant (--clock)");
            Clock::starting_at(instant)
        }
        None => Clock::system(),
    };
    let stop = stop_signal()?;
    // Before the database is set up: a first start that cannot listen would take the
    // credentials it made with it.
    let listener = TcpListener::bind(&settings.listen)
        .await
        .map_err(|error| Failure::new(format!("cannot listen on {}: {error}", settings.listen)))?;
    let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
    let Opened { store, keys, first } = setup::open(settings, clock.now()).await?;
    if let Some(first) = first {
        print_line(&greeting(settings, &first));
        print_line(&format!("Create a managed user with\n\n{}\n", curl_line(&first, address)));
    }
    let http = slotd_http::Settings { has_former_keys: keys.has_former(), ..settings.http() };
    let app = App::new(store, clock, http);
    let keyring = app.store.keyring();
    let is_replacing = keyring.has_others() && keys.is_active(keyring);
    let rotation = is_replacing.then(|| tokio::spawn(rotation::rewrite(app.clone())));
    print_line(&format!("listening on http://{address}"));
    slotd_http::serve(listener, app.clone(), axum::Router::new(), stop)
        .await
        .map_err(|error| Failure::new(format!("the server ended: {error}")))?;
    if let Some(rotation) = rotation {
        rotation.abort();
    }
    app.store.close();
    #[cfg(feature = "otel")]
    traces.finish().await;
    tracing::info!("stopped");
    Ok(())
}

/// What a first start made. The secrets are not shown again.
fn greeting(settings: &Settings, first: &FirstStart) -> String {
    let place = match settings.database_url {
        Some(_) => "the PostgreSQL database".to_owned(),
        None => settings.data_dir.display().to_string(),
    };
    let key = settings.key_place();
    let FirstStart { organization_id, owner_id, api_key, client_id, client_secret } = first;
    format!(
        "This is the first start. The data is in {place}, the key that encrypts its secrets in {key}: back both up.

  organization id      {organization_id}
  owner's user id      {owner_id}
  owner's API key      {api_key}
  OAuth client id      {client_id}
  OAuth client secret  {client_secret}

The API key is not shown again. Before a browser uses the client, name the origin of your front end:
PATCH /v2/oauth-clients/{client_id} with {{\"redirectUris\": [\"https://app.example.com\"]}} and the API key.
"
    )
}

/// A request that creates a managed user, for a shell.
fn curl_line(first: &FirstStart, address: std::net::SocketAddr) -> String {
    let FirstStart { client_id, client_secret, .. } = first;
    let body = r#"{"email":"alice@example.com","name":"Alice Smith","timeZone":"Europe/Rome"}"#;
    format!(
        "curl -X POST http://{address}/v2/oauth-clients/{client_id}/users -H 'x-cal-secret-key: {client_secret}' \
         -H 'content-type: application/json' -d '{body}'"
    )
}

/// Ready at SIGTERM or Ctrl-C. Both are caught from this call on, not only once
/// the future is polled.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    #[cfg(unix)]
    let stopped = {
        use tokio::signal::unix::{SignalKind, signal};
        let caught = |kind| {
            signal(kind).map_err(|error| Failure::because("signals cannot be caught", &error))
        };
        let mut terminate = caught(SignalKind::terminate())?;
        let mut interrupt = caught(SignalKind::interrupt())?;
        async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
    };
    #[cfg(not(unix))]
    let stopped = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    Ok(async move {
        stopped.await;
        tracing::info!("stopping: running requests are answered first");
    })
}
