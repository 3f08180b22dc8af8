-- The second line of defence: two accepted bookings of one host never overlap, whatever
-- wrote them.
create trigger occupancy_no_overlap_insert before insert on occupancy
when new.is_host and not new.is_pending and not new.may_overlap and exists (
    select 1 from occupancy o
    where o.user_id = new.user_id and o.is_long = 0
        and o.end_at > new.start_at and o.end_at < new.end_at + 86400000000 and o.start_at < new.end_at
        and o.is_host and not o.is_pending and not o.may_overlap and o.booking_id <> new.booking_id
    union all
    select 1 from occupancy o
    where o.user_id = new.user_id and o.is_long = 1 and o.end_at > new.start_at and o.start_at < new.end_at
        and o.is_host and not o.is_pending and not o.may_overlap and o.booking_id <> new.booking_id
)
begin
    select raise(abort, 'occupancy_no_overlap');
end;

create trigger occupancy_no_overlap_update before update on occupancy
when new.is_host and not new.is_pending and not new.may_overlap and exists (
    select 1 from occupancy o
    where o.user_id = new.user_id and o.is_long = 0
        and o.end_at > new.start_at and o.end_at < new.end_at + 86400000000 and o.start_at < new.end_at
        and o.is_host and not o.is_pending and not o.may_overlap and o.booking_id <> new.booking_id
    union all
    select 1 from occupancy o
    where o.user_id = new.user_id and o.is_long = 1 and o.end_at > new.start_at and o.start_at < new.end_at
        and o.is_host and not o.is_pending and not o.may_overlap and o.booking_id <> new.booking_id
)
begin
    select raise(abort, 'occupancy_no_overlap');
end;
