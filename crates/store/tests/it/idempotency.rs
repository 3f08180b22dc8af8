//! Records of idempotency keys: written with what was done, or not at all.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use slotd_domain::OrganizationId;
use slotd_store::encrypted::{self, Count, Rewriting};
use slotd_store::idempotency::{self, Answer, Claim, Standing};
use slotd_store::{
    Conn, Sequence, ServerKey, ServerKeys, Store, StoreError, UnitOfWork, organizations,
};
use slotd_testkit::{TestDatabase, on_both_engines};

fn now() -> Timestamp {
    "2026-03-02T09:15:04Z".parse().unwrap()
}

fn claim_at(store: &Store, at: Timestamp) -> Arc<Claim> {
    Claim::new(store, "caller and key", "request", at)
}

fn claim(store: &Store) -> Arc<Claim> {
    claim_at(store, now())
}

fn answer() -> Answer {
    Answer { status: 201, headers: Vec::new(), body: "made".to_owned() }
}

/// Writes an organization.
struct Write {
    id: i32,
    fails: bool,
    answer: Option<Answer>,
}

impl Write {
    fn new(id: i32) -> Self {
        Self { id, fails: false, answer: None }
    }
}

impl UnitOfWork for Write {
    type Output = ();
    type Error = StoreError;

    async fn run(&self, conn: &Conn) -> Result<(), StoreError> {
        let slug = format!("slug-{}", self.id);
        organizations::insert(conn, OrganizationId(self.id), "Name", &slug, true, now()).await?;
        if let Some(answer) = &self.answer {
            idempotency::answer(conn, answer).await?;
        }
        if self.fails { Err(StoreError::OutOfIds) } else { Ok(()) }
    }
}

async fn write(store: &Store, claim: &Arc<Claim>, unit: Write) -> Result<(), StoreError> {
    idempotency::within(Arc::clone(claim), store.write(unit)).await
}

async fn exists(store: &Store, id: i32) -> bool {
    let conn = store.read().await.unwrap();
    organizations::is_platform(&conn, OrganizationId(id)).await.unwrap().is_some()
}

on_both_engines! {
    /// A process that dies after its commit has left the record: nobody does it again.
    async fn a_crash_between_commit_and_answer_never_leads_to_a_second_execution(database: TestDatabase) {
        let store = database.open();
        let first = claim(&store);
        write(&store, &first, Write::new(1)).await.unwrap();
        assert!(first.is_carried_out());
        store.close();

        let store = database.open();
        let second = claim(&store);
        assert_eq!(idempotency::standing(&store, &second).await.unwrap(), Standing::Answering);
        let refused = write(&store, &second, Write::new(2)).await;
        assert!(matches!(refused, Err(StoreError::Repeated)), "{refused:?}");
        assert!(!exists(&store, 2).await && !second.is_carried_out());
        let late = claim_at(&store, now() + SignedDuration::from_mins(1));
        assert_eq!(idempotency::standing(&store, &late).await.unwrap(), Standing::Lost);
        // Also not when its answer comes from somebody who carried nothing out.
        idempotency::finish(&store, &late, Some(answer())).await.unwrap();
        assert_eq!(idempotency::standing(&store, &late).await.unwrap(), Standing::Lost);
        idempotency::release(&store, &late).await.unwrap();
        assert_eq!(idempotency::standing(&store, &late).await.unwrap(), Standing::Lost);
        let day_after = claim_at(&store, now() + SignedDuration::from_hours(24));
        assert_eq!(idempotency::standing(&store, &day_after).await.unwrap(), Standing::Free);
        write(&store, &day_after, Write::new(2)).await.unwrap();
        assert!(exists(&store, 2).await);
    }

    /// A process that dies before its commit has left nothing.
    async fn what_was_not_committed_leaves_the_key_free(database: TestDatabase) {
        let store = database.open();
        let first = claim(&store);
        let failed = write(&store, &first, Write { fails: true, answer: Some(answer()), ..Write::new(1) }).await;
        assert!(matches!(failed, Err(StoreError::OutOfIds)));
        assert!(!first.is_carried_out());
        assert_eq!(idempotency::standing(&store, &claim(&store)).await.unwrap(), Standing::Free);
        // A unit that is tried again answers for itself.
        write(&store, &first, Write::new(1)).await.unwrap();
        idempotency::finish(&store, &first, Some(Answer { status: 200, ..answer() })).await.unwrap();
        let standing = idempotency::standing(&store, &claim(&store)).await.unwrap();
        assert_eq!(standing, Standing::Answered(Answer { status: 200, ..answer() }));
    }

    async fn an_answer_of_the_unit_is_committed_with_it(database: TestDatabase) {
        let store = database.open();
        let first = claim(&store);
        write(&store, &first, Write { answer: Some(answer()), ..Write::new(1) }).await.unwrap();
        let given = Standing::Answered(answer());
        assert_eq!(idempotency::standing(&store, &claim(&store)).await.unwrap(), given);
        // What else the request writes, and what it answers in the end, changes nothing.
        write(&store, &first, Write::new(2)).await.unwrap();
        idempotency::finish(&store, &first, Some(Answer { status: 200, ..answer() })).await.unwrap();
        assert_eq!(idempotency::standing(&store, &claim(&store)).await.unwrap(), given);
        let other = Claim::new(&store, "caller and key", "another request", now());
        assert_eq!(idempotency::standing(&store, &other).await.unwrap(), Standing::Differs);
        // Without a key there is nothing to write.
        store.write(Write { answer: Some(answer()), ..Write::new(3) }).await.unwrap();
    }

    /// An id that was taken is no effect.
    async fn taking_an_id_carries_nothing_out(database: TestDatabase) {
        let store = database.open();
        let first = claim(&store);
        idempotency::within(Arc::clone(&first), store.next_id(Sequence::User)).await.unwrap();
        assert_eq!(idempotency::standing(&store, &claim(&store)).await.unwrap(), Standing::Free);
    }

    async fn races_of_two_processes_for_one_key_have_one_winner(database: TestDatabase) {
        let stores = [Arc::new(database.open()), Arc::new(database.open())];
        let mut writers = tokio::task::JoinSet::new();
        for id in 1..=20 {
            let store = Arc::clone(&stores[usize::from(id % 2 == 0)]);
            writers.spawn(async move { (id, write(&store, &claim(&store), Write::new(id)).await) });
        }
        let mut winners = Vec::new();
        while let Some(written) = writers.join_next().await {
            match written.unwrap() {
                (id, Ok(())) => winners.push(id),
                (_, Err(error)) => assert!(matches!(error, StoreError::Repeated), "{error:?}"),
            }
        }
        assert_eq!(winners.len(), 1);
        for id in 1..=20 {
            assert_eq!(exists(&stores[0], id).await, winners == [id]);
        }
    }

    async fn answers_move_to_a_new_key(database: TestDatabase) {
        let store = database.open();
        let first = claim(&store);
        write(&store, &first, Write { answer: Some(answer()), ..Write::new(1) }).await.unwrap();
        store.close();
        let new = ServerKey::generate();
        let keys = ServerKeys::from(new.clone()).with(database.key.clone());
        let both = Store::open(&database.options, &keys).unwrap();
        assert_eq!(encrypted::count(&both).await.unwrap(), Count { other: 1, ..Count::default() });
        let mut walk = Rewriting::default();
        while walk.next_batch(&both).await.unwrap() {}
        both.close();
        let store = Store::open(&database.options, &new.into()).unwrap();
        let standing = idempotency::standing(&store, &claim(&store)).await.unwrap();
        assert_eq!(standing, Standing::Answered(answer()));
    }
}
