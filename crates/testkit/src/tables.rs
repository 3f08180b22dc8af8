use slotd_store::Location;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The tables of a database, read beside the store and without its statements.
pub enum Tables {
    /// Of a SQLite file.
    Sqlite(rusqlite::Connection),
    /// Of a PostgreSQL database.
    Postgres(Client),
}

impl Tables {
    /// Opens a database. A SQLite file should be open elsewhere, too: the last one
    /// who closes it changes it.
    pub async fn open(location: &Location) -> Self {
        match location {
            Location::Sqlite(path) => Self::Sqlite(rusqlite::Connection::open(path).unwrap()),
            Location::Postgres(url) => {
                let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
                tokio::spawn(connection);
                Self::Postgres(client)
            }
        }
    }

    /// The first column of what a statement selects, as texts.
    pub async fn column(&self, sql: &str) -> Vec<String> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare(sql).unwrap();
                let read = statement.query_map([], |row| match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Integer(number) => Ok(number.to_string()),
                    other => Ok(other.as_str()?.to_owned()),
                });
                read.unwrap().map(Result::unwrap).collect()
            }
            Self::Postgres(client) => {
                let messages = client.simple_query(sql).await.unwrap();
                let rows = messages.iter().filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
                    _ => None,
                });
                rows.collect()
            }
        }
    }

    /// A statement that selects every row of every table as a text, but for the
    /// named tables and `table.column`s.
    pub async fn all_rows(&self, except: &[&str]) -> String {
        let (tables, text) = match self {
            Self::Sqlite(_) => ("select name from sqlite_schema where type = 'table'", "hex"),
            Self::Postgres(_) => (
                "select table_name from information_schema.tables where table_schema = 'public'",
                "text",
            ),
        };
        let mut parts = Vec::new();
        for table in self.column(tables).await {
            if except.contains(&&*table) {
                continue;
            }
            let columns = match self {
                Self::Sqlite(_) => format!("select name from pragma_table_info('{table}')"),
                Self::Postgres(_) => format!(
                    "select column_name from information_schema.columns where table_name = '{table}' and table_schema = 'public'"
                ),
            };
            let columns = self.column(&columns).await.into_iter();
            let columns = columns
                .filter(|column| !except.contains(&&*format!("{table}.{column}")))
                .map(|column| format!("coalesce({text}({column}), 'null')"));
            let row = columns.collect::<Vec<_>>().join(" || ' ' || ");
            parts.push(format!("select '{table} ' || {row} from {table}"));
        }
        parts.join(" union all ") + " order by 1"
    }
}
