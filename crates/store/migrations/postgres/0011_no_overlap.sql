-- The second line of defence: two accepted bookings of one host never overlap, whatever
-- wrote them. Engines that speak this protocol without exclusion constraints may skip it.
alter table occupancy add constraint occupancy_no_overlap exclude using gist (
    int4range(user_id, user_id, '[]') with &&,
    tstzrange(start_at, end_at) with &&
) where (is_host and not is_pending and not may_overlap);
