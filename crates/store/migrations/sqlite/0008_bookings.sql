-- What takes a host's time: bookings, holds of slots, days out of office.

-- Whoever is in a group that is booked at once can refuse it (SLOT-12).
alter table user_account add column allows_dynamic_booking integer not null default 1;

-- Buffers widen bookings of every event type of a host, so they are read for each of
-- them. They leave the settings: a key that is still there is dropped with the next change.
alter table event_type add column before_buffer_minutes integer not null default 0;
alter table event_type add column after_buffer_minutes integer not null default 0;

update event_type set
    before_buffer_minutes = coalesce(cast(settings ->> 'before_buffer_minutes' as integer), 0),
    after_buffer_minutes = coalesce(cast(settings ->> 'after_buffer_minutes' as integer), 0);

insert into id_block (sequence, next_id) values ('attendee', 1), ('booking', 1), ('out_of_office', 1);

create table booking (
    id integer not null,
    uid text not null,
    -- Null once the event type is deleted, and for groups that are booked at once.
    event_type_id integer,
    -- The organizer; null only while an instant booking waits for one.
    host_user_id integer,
    host_email text not null,
    title text not null,
    description text,
    start_at integer not null,
    end_at integer not null,
    status text not null,
    responses text,
    metadata text not null,
    location text,
    cancellation_reason text,
    rejection_reason text,
    -- Addresses.
    cancelled_by text,
    rescheduled_by text,
    reassigned_by text,
    reassign_reason text,
    -- The booking that this one took the place of.
    from_reschedule_uid text,
    -- Another one took its place.
    is_rescheduled integer not null default 0,
    recurring_event_id text,
    ical_uid text not null,
    ical_sequence integer not null default 0,
    is_host_absent integer not null default 0,
    is_paid integer not null default 0,
    rating integer,
    sms_reminder_number text,
    oauth_client_id text,
    created_at integer not null,
    updated_at integer not null,
    constraint booking_pkey primary key (id),
    constraint booking_uid_unique unique (uid),
    constraint booking_status check (status in ('accepted', 'pending', 'cancelled', 'rejected', 'awaiting_host')),
    constraint booking_times check (start_at < end_at),
    constraint booking_host check (host_user_id is not null or status = 'awaiting_host'),
    constraint booking_event_type_fkey foreign key (event_type_id) references event_type (id) on delete set null,
    constraint booking_host_fkey foreign key (host_user_id) references user_account (id) on delete cascade,
    constraint booking_oauth_client_fkey foreign key (oauth_client_id) references oauth_client (id) on delete set null
) strict;

create index booking_host on booking (host_user_id, start_at);
-- Limits count the accepted bookings of a period (SLOT-48), seats those of a start.
create index booking_event_type on booking (event_type_id, start_at);
create index booking_oauth_client on booking (oauth_client_id);

-- The first one is the booker.
create table attendee (
    id integer not null,
    booking_id integer not null,
    email text not null,
    name text not null,
    time_zone text not null,
    locale text not null,
    phone_number text,
    is_absent integer not null default 0,
    constraint attendee_pkey primary key (id),
    constraint attendee_booking_fkey foreign key (booking_id) references booking (id) on delete cascade
) strict;

create index attendee_booking on attendee (booking_id, id);

-- Whose time a booking takes, while it is accepted or pending: its organizer's, its
-- co-hosts', and that of users who attend it by their address (SLOT-40). Written with the
-- booking, so that one index tells when somebody is busy.
create table occupancy (
    user_id integer not null,
    -- Longer than a day. All others are found between two ends, however many there are.
    is_long integer not null,
    end_at integer not null,
    booking_id integer not null,
    start_at integer not null,
    event_type_id integer,
    is_pending integer not null,
    -- As organizer or co-host, not as attendee.
    is_host integer not null,
    constraint occupancy_pkey primary key (user_id, is_long, end_at, booking_id),
    constraint occupancy_times check (start_at < end_at),
    constraint occupancy_long check (is_long = (end_at - start_at > 86400000000)),
    constraint occupancy_user_fkey foreign key (user_id) references user_account (id) on delete cascade,
    constraint occupancy_booking_fkey foreign key (booking_id) references booking (id) on delete cascade
) strict, without rowid;

create index occupancy_booking on occupancy (booking_id);

-- A time that is kept for somebody who is about to book it: a row for each host.
create table slot_hold (
    uid text not null,
    user_id integer not null,
    event_type_id integer not null,
    start_at integer not null,
    end_at integer not null,
    -- From this instant on it counts for nothing.
    release_at integer not null,
    -- Of one seat of a slot, not of the slot.
    is_seat integer not null,
    constraint slot_hold_pkey primary key (uid, user_id),
    constraint slot_hold_times check (start_at < end_at),
    constraint slot_hold_user_fkey foreign key (user_id) references user_account (id) on delete cascade,
    constraint slot_hold_event_type_fkey foreign key (event_type_id) references event_type (id) on delete cascade
) strict;

create index slot_hold_user on slot_hold (user_id, end_at);
create index slot_hold_event_type on slot_hold (event_type_id);

create table out_of_office (
    id integer not null,
    uuid text not null,
    user_id integer not null,
    -- First and last day, YYYY-MM-DD, as dates of the user's schedule (OOF-1).
    start_date text not null,
    end_date text not null,
    reason text not null,
    notes text,
    -- Whom to book instead.
    to_user_id integer,
    created_at integer not null,
    constraint out_of_office_pkey primary key (id),
    constraint out_of_office_unique unique (user_id, start_date, end_date),
    constraint out_of_office_dates check (start_date <= end_date),
    constraint out_of_office_user_fkey foreign key (user_id) references user_account (id) on delete cascade,
    constraint out_of_office_to_user_fkey foreign key (to_user_id) references user_account (id) on delete cascade
) strict;

create index out_of_office_end on out_of_office (user_id, end_date);
create index out_of_office_to_user on out_of_office (to_user_id);
