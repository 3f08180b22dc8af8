-- What bookings need beside their own rows: seats, references, history and what must
-- happen outside.

-- How many share it; null for a booking that nobody can join.
alter table booking add column seats_taken integer;

-- Answers name the booking that took the place of another.
create index booking_from_reschedule on booking (from_reschedule_uid) where from_reschedule_uid is not null;
create index booking_recurring_event on booking (recurring_event_id, start_at) where recurring_event_id is not null;

-- Address as it is compared: in lower case.
alter table attendee add column email_key text not null default '';
update attendee set email_key = lower(email);
create index attendee_email on attendee (email_key, booking_id);

-- Whoever may ignore availability has booked it over something else.
alter table occupancy add column may_overlap integer not null default 0;

-- The place of one attendee in a booking that several share.
create table booking_seat (
    attendee_id integer not null,
    booking_id integer not null,
    -- Whoever knows it can move and give up this seat.
    uid text not null,
    -- Notes and answers to booking fields.
    description text,
    responses text not null,
    metadata text not null,
    constraint booking_seat_pkey primary key (attendee_id),
    constraint booking_seat_uid_unique unique (uid),
    constraint booking_seat_attendee_fkey foreign key (attendee_id) references attendee (id) on delete cascade,
    constraint booking_seat_booking_fkey foreign key (booking_id) references booking (id) on delete cascade
) strict;

create index booking_seat_booking on booking_seat (booking_id);

-- The same booking in another system: a calendar's event, a meeting.
create table booking_reference (
    id integer not null,
    booking_id integer not null,
    kind text not null,
    event_uid text not null,
    meeting_url text,
    external_calendar_id text,
    is_deleted integer not null,
    constraint booking_reference_pkey primary key (id),
    constraint booking_reference_booking_fkey foreign key (booking_id) references booking (id) on delete cascade
) strict;

create index booking_reference_booking on booking_reference (booking_id);

-- What happened to a booking, in its order, each with the booking as it was at the commit.
-- It outlives the booking: somebody may still have to be told. With row ids, because a
-- snapshot is longer than what a page of an index holds of a row, and would take a page of its own.
create table booking_event (
    booking_id integer not null,
    sequence integer not null,
    kind text not null,
    snapshot text not null,
    created_at integer not null,
    constraint booking_event_pkey primary key (booking_id, sequence)
) strict;

-- What must happen outside because of it. Of one event, conferencing comes before the
-- calendar, and both before mail and webhooks, which show the meeting's URL.
create table outbox (
    booking_id integer not null,
    sequence integer not null,
    -- `conferencing.create`, `calendar.update`, `mail.scheduled`, `webhook.BOOKING_CREATED` and so on.
    effect text not null,
    -- Not before this instant.
    due_at integer not null,
    attempts integer not null default 0,
    -- Given up.
    is_dead integer not null default 0,
    constraint outbox_pkey primary key (booking_id, sequence, effect),
    constraint outbox_event_fkey foreign key (booking_id, sequence) references booking_event (booking_id, sequence)
        on delete cascade
) strict, without rowid;

create index outbox_due on outbox (due_at) where not is_dead;
