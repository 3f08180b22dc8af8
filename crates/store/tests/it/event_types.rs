//! Event types are stored whole.

use slotd_domain::event_type::{BookingField, EventType, Location, Seats, Settings};
use slotd_domain::{EventTypeId, UserId};
use slotd_store::organizations::NewOrganization;
use slotd_store::{Conn, Constraint, Store, StoreError, UnitOfWork, event_types};
use slotd_testkit::{TestDatabase, on_both_engines};

enum Write {
    Insert(EventTypeId, UserId, EventType),
    Update(EventTypeId, EventType),
}

impl UnitOfWork for Write {
    type Output = u64;
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<u64, StoreError> {
        let now = "2026-03-02T09:15:04Z".parse().unwrap();
        match self {
            Self::Insert(id, user, event_type) => {
                event_types::insert(conn, *id, *user, event_type, now).await
            }
            Self::Update(id, event_type) => event_types::update(conn, *id, event_type).await,
        }
    }
}

/// Somebody with this name in their address.
pub(crate) async fn user(store: &Store, name: &str) -> UserId {
    let now = "2026-03-02T09:15:04Z".parse().unwrap();
    let email = format!("{name}@example.com");
    let new = NewOrganization::prepare(store, "O", &email, now).await.unwrap();
    let owner = new.owner.id;
    store.write(new).await.unwrap();
    owner
}

on_both_engines! {
    async fn an_event_type_is_read_as_it_was_written(database: TestDatabase) {
        let store = database.open();
        let user = user(&store, "o").await;
        let plain = EventType::new("Plain", "plain", 30);
        let mut full = EventType::new("Full", "full", 45);
        full.is_hidden = true;
        full.locations = vec![Location::AttendeePhone, Location::Unknown(serde_json::json!({ "type": "?" }))];
        full.booking_fields = Some(BookingField::defaults());
        full.settings = Settings {
            description: Some("Ünï".to_owned()),
            seats: Some(Seats { per_slot: 3, shows_attendees: true, shows_availability: false }),
            minimum_notice_minutes: 0,
            ..Settings::default()
        };
        let ids = [EventTypeId(1), EventTypeId(2)];
        store.write(Write::Insert(ids[0], user, plain.clone())).await.unwrap();
        store.write(Write::Insert(ids[1], user, full.clone())).await.unwrap();
        let taken = store.write(Write::Insert(EventTypeId(3), user, plain.clone())).await;
        assert!(matches!(taken, Err(StoreError::Constraint(Constraint::EventTypeUserSlug))));

        let conn = store.read().await.unwrap();
        let stored = event_types::of_user(&conn, user).await.unwrap();
        let read: Vec<_> = stored.iter().map(|stored| (stored.id, stored.event_type.clone())).collect();
        assert_eq!(read, [(ids[0], plain.clone()), (ids[1], full.clone())]);
        assert_eq!(event_types::of_slug(&conn, user, "full").await.unwrap().unwrap(), stored[1]);
        assert_eq!(event_types::by_id(&conn, EventTypeId(9)).await.unwrap(), None);
        drop(conn);

        let changed = EventType { slug: "plain".to_owned(), ..full };
        let taken = store.write(Write::Update(ids[1], changed.clone())).await;
        assert!(matches!(taken, Err(StoreError::Constraint(Constraint::EventTypeUserSlug))));
        store.write(Write::Update(ids[0], changed.clone())).await.unwrap();
        let conn = store.read().await.unwrap();
        assert_eq!(event_types::by_id(&conn, ids[0]).await.unwrap().unwrap().event_type, changed);
    }

    async fn buffers_move_from_the_settings_into_columns(database: TestDatabase) {
        let store = database.open();
        let user = user(&store, "o").await;
        let id = EventTypeId(1);
        let mut event_type = EventType::new("Plain", "plain", 30);
        store.write(Write::Insert(id, user, event_type.clone())).await.unwrap();
        database
            .run_sql(
                r#"drop table outbox; drop table booking_event; drop table booking_reference; drop table booking_seat;
                   drop table out_of_office; drop table slot_hold; drop table occupancy; drop table attendee; drop table booking;
                   delete from id_block where sequence in ('attendee', 'booking', 'out_of_office');
                   alter table user_account drop column allows_dynamic_booking;
                   alter table event_type drop column before_buffer_minutes;
                   alter table event_type drop column after_buffer_minutes;
                   update event_type set settings = '{"before_buffer_minutes":15,"minimum_notice_minutes":5}';
                   delete from schema_migration where version in (8, 10, 11, 12, 13, 14);"#,
            )
            .await;
        let applied = slotd_store::migrate(&database.options, false).await.unwrap();
        assert_eq!(applied, [
            "0008_bookings", "0010_booking_events", "0011_no_overlap", "0012_groups", "0013_order", "0014_event_surroundings",
        ]);

        event_type.settings.before_buffer_minutes = 15;
        event_type.settings.minimum_notice_minutes = 5;
        let store = database.open();
        let read = event_types::by_id(&store.read().await.unwrap(), id).await.unwrap().unwrap();
        assert_eq!(read.event_type, event_type);
        event_type.settings.before_buffer_minutes = 0;
        event_type.settings.after_buffer_minutes = 20;
        store.write(Write::Update(id, event_type.clone())).await.unwrap();
        let read = event_types::by_id(&store.read().await.unwrap(), id).await.unwrap().unwrap();
        assert_eq!(read.event_type, event_type);
    }
}
