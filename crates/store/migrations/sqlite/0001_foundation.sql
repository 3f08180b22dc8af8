-- Instance, organizations, users, OAuth clients, tokens; schedules and event
-- types as far as creating a managed user writes them.
--
-- The PostgreSQL file of the same number says the same in its dialect. Names of
-- constraints are shared: the store turns them into variants of `Constraint`.
-- Instants are whole microseconds since 1970-01-01T00:00:00Z, integers are 0 and 1,
-- JSON is text.

create table instance (
    id integer not null,
    created_at integer not null,
    -- A known text, encrypted: opening the store with another key is refused.
    key_check blob not null,
    constraint instance_pkey primary key (id),
    constraint instance_single check (id = 1)
) strict;

create table id_block (
    sequence text not null,
    next_id integer not null,
    constraint id_block_pkey primary key (sequence)
) strict;

insert into id_block (sequence, next_id) values
    ('event_type', 1),
    ('membership', 1),
    ('schedule', 1),
    ('team', 1),
    ('user', 1);

-- Organizations, teams and sub-teams share one table and one id space.
create table team (
    id integer not null,
    parent_id integer,
    name text not null,
    slug text,
    is_organization integer not null,
    is_platform integer not null,
    created_by_oauth_client_id text,
    created_at integer not null,
    constraint team_pkey primary key (id),
    constraint team_parent_fkey foreign key (parent_id) references team (id) on delete cascade,
    constraint team_created_by_oauth_client_fkey
        foreign key (created_by_oauth_client_id) references oauth_client (id) on delete cascade
) strict;

create unique index team_slug_unique on team (coalesce(parent_id, 0), slug);
create index team_creating_client on team (created_by_oauth_client_id);

create table oauth_client (
    id text not null,
    organization_id integer not null,
    name text not null,
    -- Encrypted: every read of a client returns its secret (OC-9).
    secret blob not null,
    permissions integer not null,
    logo text,
    redirect_uris text not null,
    booking_redirect_uri text,
    booking_cancel_redirect_uri text,
    booking_reschedule_redirect_uri text,
    are_emails_enabled integer not null,
    are_default_event_types_enabled integer not null,
    are_calendar_events_enabled integer not null,
    created_at integer not null,
    constraint oauth_client_pkey primary key (id),
    constraint oauth_client_organization_fkey foreign key (organization_id) references team (id) on delete cascade
) strict;

create index oauth_client_organization on oauth_client (organization_id, created_at);

create table user_account (
    id integer not null,
    -- The main organization; for a managed user the only one.
    organization_id integer,
    -- The client of a managed user; null once the client is deleted (OC-12).
    oauth_client_id text,
    email text not null,
    -- The address in lower case: one person, however the address is typed (QI-19).
    email_key text not null,
    username text,
    name text,
    bio text,
    avatar_url text,
    time_zone text not null,
    week_start text not null,
    time_format integer,
    locale text,
    metadata text,
    is_platform_managed integer not null,
    is_system_admin integer not null,
    locked_at integer,
    created_at integer not null,
    constraint user_account_pkey primary key (id),
    constraint user_email_unique unique (email_key),
    constraint user_organization_fkey foreign key (organization_id) references team (id) on delete set null,
    constraint user_oauth_client_fkey foreign key (oauth_client_id) references oauth_client (id) on delete set null
) strict;

create index user_oauth_client on user_account (oauth_client_id, id);
create index user_organization on user_account (organization_id);

-- A user's name inside one organization. Usernames are unique per organization.
create table profile (
    organization_id integer not null,
    user_id integer not null,
    uid text not null,
    username text not null,
    created_at integer not null,
    constraint profile_pkey primary key (organization_id, user_id),
    constraint profile_username_unique unique (organization_id, username),
    constraint profile_organization_fkey foreign key (organization_id) references team (id) on delete cascade,
    constraint profile_user_fkey foreign key (user_id) references user_account (id) on delete cascade
) strict;

create index profile_user on profile (user_id);

-- One table for organizations, teams and sub-teams.
create table membership (
    id integer not null,
    team_id integer not null,
    user_id integer not null,
    role text not null,
    custom_role_id text,
    accepted integer not null,
    created_at integer not null,
    constraint membership_pkey primary key (id),
    constraint membership_unique unique (team_id, user_id),
    constraint membership_role check (role in ('OWNER', 'ADMIN', 'MEMBER')),
    constraint membership_team_fkey foreign key (team_id) references team (id) on delete cascade,
    constraint membership_user_fkey foreign key (user_id) references user_account (id) on delete cascade
) strict;

create index membership_user on membership (user_id);
-- Who acts for an organization: its first OWNER, else its first ADMIN (AU-7).
create index membership_acting on membership (team_id, role, id);

-- An access token and the refresh token issued with it. Only digests: the
-- texts can be made again from this row and the server's key (TK-12).
create table token_pair (
    refresh_digest blob not null,
    access_digest blob not null,
    oauth_client_id text not null,
    user_id integer not null,
    access_jti blob not null,
    refresh_jti blob not null,
    issued_at integer not null,
    access_expires_at integer not null,
    refresh_expires_at integer not null,
    -- The refresh token that was exchanged for this pair. Unique: one refresh
    -- token never has two successors, however many callers race (TK-16).
    predecessor_digest blob,
    -- When a token of this pair was first seen, once that matters (TK-12).
    presented_at integer,
    refresh_used_at integer,
    constraint token_pair_pkey primary key (refresh_digest),
    constraint token_access_unique unique (access_digest),
    constraint token_successor_unique unique (predecessor_digest),
    constraint token_oauth_client_fkey foreign key (oauth_client_id) references oauth_client (id) on delete cascade,
    constraint token_user_fkey foreign key (user_id) references user_account (id) on delete cascade
) strict;

create index token_user on token_pair (user_id, oauth_client_id);
create index token_oauth_client on token_pair (oauth_client_id);

create table api_key (
    digest blob not null,
    user_id integer not null,
    -- The organization or team the key is bound to; null for an unbound key.
    team_id integer,
    note text,
    expires_at integer,
    created_at integer not null,
    constraint api_key_pkey primary key (digest),
    constraint api_key_user_fkey foreign key (user_id) references user_account (id) on delete cascade,
    constraint api_key_team_fkey foreign key (team_id) references team (id) on delete cascade
) strict;

create index api_key_user on api_key (user_id);
create index api_key_team on api_key (team_id);

create table schedule (
    id integer not null,
    user_id integer not null,
    name text not null,
    time_zone text,
    -- A user's `defaultScheduleId` is the schedule with this mark, so it can
    -- never point at nothing or at somebody else's schedule (QI-18).
    is_default integer not null,
    created_at integer not null,
    constraint schedule_pkey primary key (id),
    constraint schedule_user_fkey foreign key (user_id) references user_account (id) on delete cascade
) strict;

create index schedule_user on schedule (user_id);
create unique index schedule_default_unique on schedule (user_id) where is_default;

-- Weekly working hours in wall-clock minutes of the schedule's zone.
create table schedule_range (
    schedule_id integer not null,
    position integer not null,
    -- Bit 0 is Sunday, bit 6 is Saturday.
    week_days integer not null,
    start_minute integer not null,
    end_minute integer not null,
    constraint schedule_range_pkey primary key (schedule_id, position),
    constraint schedule_range_week_days check (week_days between 0 and 127),
    constraint schedule_range_schedule_fkey foreign key (schedule_id) references schedule (id) on delete cascade
) strict;

create table event_type (
    id integer not null,
    user_id integer,
    team_id integer,
    parent_id integer,
    title text not null,
    slug text not null,
    length_minutes integer not null,
    locations text not null,
    created_at integer not null,
    constraint event_type_pkey primary key (id),
    constraint event_type_owner check ((user_id is null) <> (team_id is null)),
    constraint event_type_user_slug_unique unique (user_id, slug),
    constraint event_type_team_slug_unique unique (team_id, slug),
    constraint event_type_user_fkey foreign key (user_id) references user_account (id) on delete cascade,
    constraint event_type_team_fkey foreign key (team_id) references team (id) on delete cascade,
    constraint event_type_parent_fkey foreign key (parent_id) references event_type (id) on delete cascade
) strict;

create index event_type_parent on event_type (parent_id);

-- What was deleted and by whom, where the deletion itself leaves no trace (QI-28).
create table audit_entry (
    id text not null,
    organization_id integer,
    actor_user_id integer,
    action text not null,
    details text not null,
    created_at integer not null,
    constraint audit_entry_pkey primary key (id)
) strict;

create index audit_entry_organization on audit_entry (organization_id, created_at);
