-- Addresses under which an event type can be booked by whoever knows them.

create table private_link (
    -- Unguessable; in clear, because links are listed.
    id text not null,
    event_type_id integer not null,
    -- Until when it is valid; null for a link that counts its uses.
    expires_at integer,
    max_usage_count integer not null,
    usage_count integer not null,
    created_at integer not null,
    constraint private_link_pkey primary key (id),
    constraint private_link_max_usage_count check (max_usage_count >= 1),
    constraint private_link_usage_count check (usage_count >= 0),
    constraint private_link_event_type_fkey foreign key (event_type_id) references event_type (id) on delete cascade
) strict;

create index private_link_event_type on private_link (event_type_id);
