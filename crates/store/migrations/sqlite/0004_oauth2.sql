-- Sessions of regular users in a browser, and the third-party apps that they
-- authorize.

-- One-time addresses that begin a session. Only digests.
create table login_link (
    digest blob not null,
    user_id integer not null,
    expires_at integer not null,
    constraint login_link_pkey primary key (digest),
    constraint login_link_user_fkey foreign key (user_id) references user_account (id) on delete cascade
) strict;

create index login_link_user on login_link (user_id);
create index login_link_expiry on login_link (expires_at);

create table session (
    id text not null,
    -- Of the text in the cookie.
    digest blob not null,
    user_id integer not null,
    created_at integer not null,
    expires_at integer not null,
    constraint session_pkey primary key (id),
    constraint session_digest_unique unique (digest),
    constraint session_user_fkey foreign key (user_id) references user_account (id) on delete cascade
) strict;

create index session_of_user on session (user_id);
create index session_expiry on session (expires_at);

-- Codes by which a regular user grants tokens to a platform OAuth client
-- (section 5 of the platform rules). One unused code per user and client (OF-3).
create table authorization_code (
    oauth_client_id text not null,
    user_id integer not null,
    digest blob not null,
    expires_at integer not null,
    constraint authorization_code_pkey primary key (oauth_client_id, user_id),
    constraint authorization_code_digest_unique unique (digest),
    constraint authorization_code_oauth_client_fkey
        foreign key (oauth_client_id) references oauth_client (id) on delete cascade,
    constraint authorization_code_user_fkey foreign key (user_id) references user_account (id) on delete cascade
) strict;

create index authorization_code_user on authorization_code (user_id);

-- Third-party apps (section 7 of the platform rules).
create table oauth2_client (
    id text not null,
    name text not null,
    redirect_uris text not null,
    logo text,
    client_type text not null,
    -- SHA-256 of the secret; public clients have none.
    secret_digest blob,
    is_trusted integer not null,
    -- Array of scope names; null for a client whose tokens are not limited (O2-11).
    scopes text,
    status text not null,
    owner_user_id integer not null,
    created_at integer not null,
    constraint oauth2_client_pkey primary key (id),
    constraint oauth2_client_type check (client_type in ('CONFIDENTIAL', 'PUBLIC')),
    constraint oauth2_client_secret check ((secret_digest is not null) = (client_type = 'CONFIDENTIAL')),
    constraint oauth2_client_status check (status in ('PENDING', 'APPROVED', 'REJECTED')),
    constraint oauth2_client_owner_fkey foreign key (owner_user_id) references user_account (id) on delete cascade
) strict;

create index oauth2_client_owner on oauth2_client (owner_user_id);

create table oauth2_code (
    digest blob not null,
    oauth2_client_id text not null,
    user_id integer not null,
    -- The team for which the user authorized the app, if it was not for themselves.
    team_id integer,
    scopes text,
    redirect_uri text not null,
    -- S256 of the verifier (RFC 7636).
    code_challenge text,
    expires_at integer not null,
    used_at integer,
    constraint oauth2_code_pkey primary key (digest),
    constraint oauth2_code_client_fkey foreign key (oauth2_client_id) references oauth2_client (id) on delete cascade,
    constraint oauth2_code_user_fkey foreign key (user_id) references user_account (id) on delete cascade,
    constraint oauth2_code_team_fkey foreign key (team_id) references team (id) on delete cascade
) strict;

create index oauth2_code_client on oauth2_code (oauth2_client_id);
create index oauth2_code_user on oauth2_code (user_id);
create index oauth2_code_team on oauth2_code (team_id);
create index oauth2_code_expiry on oauth2_code (expires_at);

-- What a user allowed an app, and the one refresh token that is live (O2-8).
create table oauth2_grant (
    oauth2_client_id text not null,
    user_id integer not null,
    team_id integer,
    scopes text,
    refresh_digest blob not null,
    refresh_expires_at integer not null,
    created_at integer not null,
    constraint oauth2_grant_refresh_unique unique (refresh_digest),
    constraint oauth2_grant_client_fkey foreign key (oauth2_client_id) references oauth2_client (id) on delete cascade,
    constraint oauth2_grant_user_fkey foreign key (user_id) references user_account (id) on delete cascade,
    constraint oauth2_grant_team_fkey foreign key (team_id) references team (id) on delete cascade
) strict;

create unique index oauth2_grant_unique on oauth2_grant (oauth2_client_id, user_id, coalesce(team_id, 0));
create index oauth2_grant_user on oauth2_grant (user_id);
create index oauth2_grant_team on oauth2_grant (team_id);
