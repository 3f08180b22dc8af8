-- What a group was booked as: the usernames of its hosts, with + between them. Null where an
-- event type was booked, also once that is deleted.
alter table booking add column group_usernames text;
