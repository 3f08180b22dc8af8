-- Everything that can be set about an event type.

alter table event_type add column is_hidden boolean not null default false;
-- Null: the owner's default schedule.
alter table event_type add column schedule_id int
    constraint event_type_schedule_fkey references schedule (id) on delete set null;
-- Null: never set, the defaults are shown.
alter table event_type add column booking_fields json;
-- A field that is missing has its default.
alter table event_type add column settings json not null default '{}';

create index event_type_schedule on event_type (schedule_id);

-- Lists of event types name their owner so; profiles have the name inside an organization.
create index user_username on user_account (username);
