-- Ids come in blocks, one for each process, so they do not tell what came first.

-- In what order people came to a booking; who came first is its booker.
alter table attendee add column position integer not null default 0;
-- Who had the address when they came. Addresses change hands; bookings do not.
alter table attendee add column user_id integer references user_account (id) on delete set null;
update attendee set
    position = (select count(*) from attendee a where a.booking_id = attendee.booking_id and a.id < attendee.id),
    user_id = (
        select u.id from user_account u
        join occupancy o on o.user_id = u.id and o.booking_id = attendee.booking_id and not o.is_host
        where u.email_key = attendee.email_key
    );
drop index attendee_booking;
create unique index attendee_position on attendee (booking_id, position);
create index attendee_user on attendee (user_id, booking_id) where user_id is not null;

-- In what order holds of a user's time were made; of two that overlap the older one counts.
alter table slot_hold add column sequence integer not null default 0;
