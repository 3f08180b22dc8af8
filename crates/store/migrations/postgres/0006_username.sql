-- Public pages name people by their username.

create index user_username on user_account (username, id);
