//! Schedules: what was written before the days of an entry had an order, and reading
//! them back.

use jiff::Timestamp;
use slotd_domain::schedule::{DateOverride, WallTime, WeekDays, WeeklyEntry};
use slotd_domain::{ScheduleId, UserId};
use slotd_store::schedules::{self, Schedule};
use slotd_store::users::{self, User};
use slotd_store::{Conn, Location, StoreError, UnitOfWork};
use slotd_testkit::{TestDatabase, on_both_engines};

const USER: UserId = UserId(1);

fn now() -> Timestamp {
    "2026-03-02T09:15:04.120001Z".parse().unwrap()
}

/// Writes a user with schedules.
struct Write(Vec<Schedule>);

impl UnitOfWork for Write {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        let user = User {
            id: USER,
            organization_id: None,
            oauth_client_id: None,
            email: "a@example.com".to_owned(),
            username: None,
            name: None,
            bio: None,
            avatar_url: None,
            time_zone: "UTC".to_owned(),
            week_start: "Sunday".to_owned(),
            time_format: None,
            locale: None,
            metadata: None,
            is_platform_managed: false,
            created_at: now(),
            default_schedule_id: None,
            is_in_platform: None,
            is_locked: false,
        };
        users::insert(conn, &user).await?;
        for schedule in &self.0 {
            schedules::insert(conn, schedule, now()).await?;
        }
        Ok(())
    }
}

fn schedule(id: i32, weekly: Vec<WeeklyEntry>, overrides: Vec<DateOverride>) -> Schedule {
    Schedule {
        id: ScheduleId(id),
        user_id: USER,
        name: format!("<{id}>"),
        time_zone: (id != 2).then(|| "Europe/Rome".to_owned()),
        is_default: id == 3,
        weekly,
        overrides,
    }
}

fn entry(digits: &str, start: WallTime, end: WallTime) -> WeeklyEntry {
    WeeklyEntry { days: WeekDays::of_digits(digits).unwrap(), start, end }
}

on_both_engines! {
    async fn schedules_come_back_with_their_hours_in_order(database: TestDatabase) {
        let store = database.open();
        let date = |date: &str, start, end| DateOverride { date: date.parse().unwrap(), start, end };
        let (nine, midnight) = (WallTime::at(9, 0), WallTime::at(0, 0));
        let written = [
            schedule(1, vec![entry("531", nine, WallTime::LAST), entry("", midnight, midnight), entry("5", nine, midnight)], vec![]),
            schedule(2, vec![], vec![date("9999-12-31", nine, nine), date("0000-01-01", nine, nine), date("9999-12-31", nine, midnight)]),
            schedule(3, vec![], vec![]),
        ];
        store.write(Write(written.to_vec())).await.unwrap();
        let conn = store.read().await.unwrap();
        assert_eq!(schedules::of_user(&conn, USER).await.unwrap(), written);
        assert_eq!(schedules::by_id(&conn, ScheduleId(2)).await.unwrap().as_ref(), Some(&written[1]));
        assert_eq!(schedules::default_of_user(&conn, USER).await.unwrap().as_ref(), Some(&written[2]));
        assert_eq!(schedules::by_id(&conn, ScheduleId(4)).await.unwrap(), None);
        assert_eq!(schedules::of_user(&conn, UserId(2)).await.unwrap(), []);
    }

    /// A database of the commits before: days were a set of bits, 0 is Sunday.
    async fn hours_of_an_earlier_database_are_kept(database: TestDatabase) {
        let store = database.open();
        store.write(Write(vec![schedule(1, vec![], vec![])])).await.unwrap();
        store.close();
        let location = &database.options.location;
        let (int, strict) = match location {
            Location::Sqlite(_) => ("integer", " strict"),
            Location::Postgres(_) => ("int", ""),
        };
        let earlier = format!(
            "drop table schedule_override;
             drop table schedule_range;
             create table schedule_range (
                schedule_id {int} not null,
                position {int} not null,
                week_days {int} not null,
                start_minute {int} not null,
                end_minute {int} not null,
                constraint schedule_range_pkey primary key (schedule_id, position),
                constraint schedule_range_week_days check (week_days between 0 and 127),
                constraint schedule_range_schedule_fkey foreign key (schedule_id) references schedule (id) on delete cascade
             ){strict};
             insert into schedule_range values (1, 0, 62, 540, 1020), (1, 1, 127, 0, 1439), (1, 2, 0, 60, 120), (1, 3, 65, 60, 120);
             delete from schema_migration where version = 7;"
        );
        database.run_sql(&earlier).await;
        let applied = slotd_store::migrate(&database.options, false).await.unwrap();
        assert_eq!(applied, ["0007_schedules"]);
        let store = database.open();
        let conn = store.read().await.unwrap();
        let found = schedules::by_id(&conn, ScheduleId(1)).await.unwrap().unwrap();
        let (one, two) = (WallTime::at(1, 0), WallTime::at(2, 0));
        assert_eq!(found.weekly, [
            entry("12345", WallTime::at(9, 0), WallTime::at(17, 0)),
            entry("0123456", WallTime::at(0, 0), WallTime::LAST),
            entry("", one, two),
            entry("06", one, two),
        ]);
    }
}
