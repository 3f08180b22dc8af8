-- Webhooks of all kinds of owners.

create table webhook (
    id text not null,
    -- Whose webhook it is: exactly one of the four.
    user_id integer,
    team_id integer,
    event_type_id integer,
    oauth_client_id text,
    subscriber_url text not null,
    -- Array of trigger names.
    triggers text not null,
    is_active integer not null,
    payload_template text,
    -- Encrypted: every read of a webhook returns its secret.
    secret blob,
    version text not null,
    created_at integer not null,
    constraint webhook_pkey primary key (id),
    constraint webhook_owner check (
        (user_id is not null) + (team_id is not null) + (event_type_id is not null) + (oauth_client_id is not null) = 1
    ),
    constraint webhook_user_url_unique unique (user_id, subscriber_url),
    constraint webhook_team_url_unique unique (team_id, subscriber_url),
    constraint webhook_event_type_url_unique unique (event_type_id, subscriber_url),
    constraint webhook_oauth_client_url_unique unique (oauth_client_id, subscriber_url),
    constraint webhook_user_fkey foreign key (user_id) references user_account (id) on delete cascade,
    constraint webhook_team_fkey foreign key (team_id) references team (id) on delete cascade,
    constraint webhook_event_type_fkey foreign key (event_type_id) references event_type (id) on delete cascade,
    constraint webhook_oauth_client_fkey foreign key (oauth_client_id) references oauth_client (id) on delete cascade
) strict;
