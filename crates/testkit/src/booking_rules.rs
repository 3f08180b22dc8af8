//! What must be so in the tables of bookings, whatever the code that writes them (file
//! 03, section 25). Nothing here knows that code: these are its auditors.

use crate::Tables;

/// Bookings that several may share have seats; the others' `seats_taken` is null. Each
/// statement selects what breaks the rule.
const RULES: [(&str, &str); 24] = [
    (
        "accepted bookings of one host do not overlap",
        "select id from (
            select b.id, b.start_at, max(b.end_at) over (
                partition by b.host_user_id order by b.start_at, b.id
                rows between unbounded preceding and 1 preceding
            ) as busy_until
            from booking b where b.status = 'accepted'
                and not exists (select 1 from occupancy o where o.booking_id = b.id and o.may_overlap)
         ) as accepted where busy_until > start_at",
    ),
    (
        "nobody hosts two accepted bookings at once",
        "select booking_id from (
            select booking_id, start_at, max(end_at) over (
                partition by user_id order by start_at, booking_id
                rows between unbounded preceding and 1 preceding
            ) as busy_until
            from occupancy where is_host and not is_pending and not may_overlap
         ) as hosted where busy_until > start_at",
    ),
    (
        "an accepted or pending booking takes its host's time, once",
        "select b.id from booking b where b.status in ('accepted', 'pending') and (
            1 <> (select count(*) from occupancy o where o.booking_id = b.id and o.user_id = b.host_user_id)
            or 1 <> (select count(*) from occupancy o
                where o.booking_id = b.id and o.user_id = b.host_user_id and o.is_host
                    and coalesce(o.event_type_id, 0) = coalesce(b.event_type_id, 0)))",
    ),
    (
        "what is taken of anybody's time is an accepted or pending booking's, as it is",
        "select o.booking_id from occupancy o where not exists (
            select 1 from booking b where b.id = o.booking_id and b.status in ('accepted', 'pending')
                and b.start_at = o.start_at and b.end_at = o.end_at
                and (b.status = 'pending') = (case when o.is_pending then 1 = 1 else 1 = 0 end))",
    ),
    (
        "as many seats are taken as there are seats, attendees, and places of the event type",
        "select b.id from booking b left join event_type e on e.id = b.event_type_id where b.seats_taken is not null and (
            b.seats_taken <> (select count(*) from booking_seat s where s.booking_id = b.id)
            or b.seats_taken <> (select count(*) from attendee a where a.booking_id = b.id)
            or b.seats_taken > cast(e.settings -> 'seats' ->> 'per_slot' as integer)
            or b.seats_taken < (case when b.status in ('accepted', 'pending') then 1 else 0 end))",
    ),
    (
        "nobody has two seats of one booking",
        "select a.booking_id from attendee a join booking_seat s on s.attendee_id = a.id
         group by a.booking_id, a.email_key having count(*) > 1",
    ),
    (
        "at a start there is one booking whose seats are taken",
        "select b.event_type_id from booking b where b.status = 'accepted' and b.seats_taken is not null
         group by b.event_type_id, b.start_at having count(*) > 1",
    ),
    (
        "a booking without seats has attendees",
        "select b.id from booking b where b.seats_taken is null
            and not exists (select 1 from attendee a where a.booking_id = b.id)",
    ),
    (
        "a booking without seats has none",
        "select s.booking_id from booking_seat s join booking b on b.id = s.booking_id where b.seats_taken is null",
    ),
    (
        "attendees, seats and effects belong to something",
        "select id from attendee where booking_id not in (select id from booking)
         union all select s.attendee_id from booking_seat s where not exists
            (select 1 from attendee a where a.id = s.attendee_id and a.booking_id = s.booking_id)
         union all select booking_id from booking_event where booking_id not in (select id from booking)
         union all select o.booking_id from outbox o where not exists
            (select 1 from booking_event e where e.booking_id = o.booking_id and e.sequence = o.sequence)",
    ),
    (
        "a booking has a history without gaps",
        "select b.id from booking b where not exists
            (select 1 from booking_event e where e.booking_id = b.id and e.sequence = 1)
         union all select booking_id from booking_event
            group by booking_id having min(sequence) <> 1 or max(sequence) <> count(*)",
    ),
    (
        "a history begins with how the booking was made, and says it once",
        "select booking_id from booking_event group by booking_id having
            1 <> sum(case when kind in ('created', 'requested', 'rescheduled', 'reschedule_requested') then 1 else 0 end)
            or 1 <> sum(case when sequence = 1
                and kind in ('created', 'requested', 'rescheduled', 'reschedule_requested') then 1 else 0 end)",
    ),
    (
        "a history ends with the status",
        "select b.id from booking b join (
            select booking_id, max(sequence) as last,
                sum(case when kind in ('created', 'confirmed', 'rescheduled') then 1 else 0 end) as accepted,
                sum(case when kind = 'declined' then 1 else 0 end) as declined,
                sum(case when kind in ('cancelled', 'emptied') then 1 else 0 end) as called_off,
                sum(case when kind = 'replaced' then 1 else 0 end) as replaced,
                max(case when kind in ('cancelled', 'replaced', 'emptied', 'declined') then sequence else 0 end) as final
            from booking_event group by booking_id
         ) as history on history.booking_id = b.id where 1 <> (case
            when b.status = 'accepted' and accepted = 1 and declined = 0 and called_off + replaced = 0 then 1
            when b.status = 'pending' and accepted = 0 and declined = 0 and called_off + replaced = 0 then 1
            when b.status = 'cancelled' and called_off <= 1 and replaced <= 1 and called_off + replaced > 0 and final = last then 1
            when b.status = 'rejected' and accepted = 0 and declined = 1 and called_off + replaced = 0 and final = last then 1
            else 0 end)",
    ),
    (
        "a booking that was moved ended with that, and others did not",
        "select b.id from booking b where b.seats_taken is null and (case when b.is_rescheduled then 1 else 0 end) <>
            (select count(*) from booking_event e where e.booking_id = b.id and e.kind = 'replaced')",
    ),
    (
        // The seats of one may have moved into bookings that were there.
        "another booking took the place of one that was moved, exactly one, and of no other",
        "select b.id from booking b where b.seats_taken is null and (case when b.is_rescheduled then 1 else 0 end) <>
            (select count(*) from booking n where n.from_reschedule_uid = b.uid)
         union all select b.id from booking b where b.seats_taken is not null and (case when b.is_rescheduled then 1 else 0 end) <
            (select count(*) from booking n where n.from_reschedule_uid = b.uid)
         union all select n.id from booking n where n.from_reschedule_uid is not null
            and n.from_reschedule_uid not in (select uid from booking)",
    ),
    // Nothing delivers in tests: every effect is still there.
    (
        "webhooks are told what happened",
        "with told(kind, effect) as (values
            ('created', 'webhook.BOOKING_CREATED'), ('confirmed', 'webhook.BOOKING_CREATED'),
            ('seat_taken', 'webhook.BOOKING_CREATED'), ('requested', 'webhook.BOOKING_REQUESTED'),
            ('reschedule_requested', 'webhook.BOOKING_REQUESTED'), ('declined', 'webhook.BOOKING_REJECTED'),
            ('cancelled', 'webhook.BOOKING_CANCELLED'), ('seat_cancelled', 'webhook.BOOKING_CANCELLED'),
            ('rescheduled', 'webhook.BOOKING_RESCHEDULED'), ('seat_moved', 'webhook.BOOKING_RESCHEDULED'),
            ('moved', 'webhook.BOOKING_RESCHEDULED'))
         select e.booking_id from booking_event e join told on told.kind = e.kind where not exists
            (select 1 from outbox o
             where o.booking_id = e.booking_id and o.sequence = e.sequence and o.effect = told.effect)",
    ),
    (
        "people are told by mail what happened, of a series once",
        "with told(kind, effect) as (values
            ('created', 'mail.scheduled'), ('confirmed', 'mail.scheduled'), ('requested', 'mail.requested'),
            ('reschedule_requested', 'mail.requested'), ('declined', 'mail.declined'), ('cancelled', 'mail.cancelled'),
            ('rescheduled', 'mail.rescheduled'), ('moved', 'mail.rescheduled'), ('seat_taken', 'mail.seat_taken'),
            ('seat_cancelled', 'mail.seat_cancelled'), ('seat_moved', 'mail.seat_moved'))
         select e.booking_id from booking_event e
            join told on told.kind = e.kind
            join booking b on b.id = e.booking_id and b.recurring_event_id is null and b.oauth_client_id is null
         where not exists (select 1 from outbox o
             where o.booking_id = e.booking_id and o.sequence = e.sequence and o.effect = told.effect)
         union all select min(b.id) from booking b join booking_event e on e.booking_id = b.id and e.sequence = 1
            left join outbox o on o.booking_id = e.booking_id and o.sequence = 1 and o.effect = 'mail.scheduled'
         where b.recurring_event_id is not null and b.oauth_client_id is null and e.kind = 'created'
         group by b.recurring_event_id having count(o.effect) <> 1",
    ),
    (
        "the start of a booking that takes place will be told once, of others never",
        "select b.id from booking b where (case when b.status = 'accepted' then 1 else 0 end) <>
            (select count(*) from outbox o where o.booking_id = b.id and o.effect = 'webhook.MEETING_STARTED')
         union all select b.id from booking b join outbox o on o.booking_id = b.id
         where o.effect = 'webhook.MEETING_STARTED' and o.due_at <> b.start_at",
    ),
    (
        "so will its end",
        "select b.id from booking b where (case when b.status = 'accepted' then 1 else 0 end) <>
            (select count(*) from outbox o where o.booking_id = b.id and o.effect = 'webhook.MEETING_ENDED')
         union all select b.id from booking b join outbox o on o.booking_id = b.id
         where o.effect = 'webhook.MEETING_ENDED' and o.due_at <> b.end_at",
    ),
    (
        "what takes place will be in a calendar, once; what was called off will not",
        "select b.id from booking b where b.oauth_client_id is null and b.status <> 'cancelled' and
            (select count(*) from booking_event e where e.booking_id = b.id and e.kind in ('created', 'confirmed')) <>
            (select count(*) from outbox o where o.booking_id = b.id and o.effect = 'calendar.create')
         union all select e.booking_id from booking_event e join outbox o on o.booking_id = e.booking_id
         where e.kind in ('cancelled', 'emptied') and o.effect in ('calendar.create', 'conferencing.create')
         union all select b.id from booking b join outbox o on o.booking_id = b.id
         where b.oauth_client_id is null and b.status <> 'accepted' and o.effect = 'calendar.update'",
    ),
    (
        "only what was accepted is removed from a calendar",
        "select o.booking_id from outbox o where o.effect in ('calendar.delete', 'conferencing.delete')
            and not exists (select 1 from booking_event e
                where e.booking_id = o.booking_id and e.kind in ('created', 'confirmed', 'rescheduled'))",
    ),
    (
        "a calendar learns who stays when a seat is given up",
        "select e.booking_id from booking_event e join booking b on b.id = e.booking_id
         where e.kind = 'seat_cancelled' and not exists (select 1 from booking_event n
            where n.booking_id = e.booking_id and n.sequence = e.sequence + 1 and n.kind in ('seat_left', 'emptied'))",
    ),
    (
        "a seat's uid is nobody else's",
        "select uid from booking_seat group by uid having count(*) > 1
         union all select uid from booking group by uid having count(*) > 1",
    ),
    (
        "ids of bookings and attendees come from reserved blocks",
        "select next_id from id_block where sequence = 'booking' and next_id <= (select max(id) from booking)
         union all select next_id from id_block where sequence = 'attendee' and next_id <= (select max(id) from attendee)",
    ),
];

impl Tables {
    /// Reads every booking with everything about it, and fails when anything is half
    /// there, twice, or not as its history says.
    pub async fn check_bookings(&self) {
        assert_eq!(self.broken_booking_rules().await, Vec::<String>::new());
    }

    /// What is not so, with the ids of what breaks it.
    pub async fn broken_booking_rules(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (rule, sql) in RULES {
            let broken = self.column(sql).await;
            if !broken.is_empty() {
                all.push(format!("{rule}: {broken:?}"));
            }
        }
        all
    }
}
