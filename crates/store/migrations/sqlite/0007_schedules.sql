-- Schedules as they are sent: the days of an entry keep their order, and dates
-- can have hours of their own.

-- SQLite cannot drop a column that a check names, so the table is made anew.
create table new_schedule_range (
    schedule_id integer not null,
    position integer not null,
    -- A digit for each day, 0 is Sunday, in the order in which they were sent.
    days text not null,
    start_minute integer not null,
    end_minute integer not null,
    constraint schedule_range_pkey primary key (schedule_id, position),
    constraint schedule_range_schedule_fkey foreign key (schedule_id) references schedule (id) on delete cascade
) strict;

insert into new_schedule_range (schedule_id, position, days, start_minute, end_minute)
select
    schedule_id,
    position,
    case when week_days & 1 <> 0 then '0' else '' end
    || case when week_days & 2 <> 0 then '1' else '' end
    || case when week_days & 4 <> 0 then '2' else '' end
    || case when week_days & 8 <> 0 then '3' else '' end
    || case when week_days & 16 <> 0 then '4' else '' end
    || case when week_days & 32 <> 0 then '5' else '' end
    || case when week_days & 64 <> 0 then '6' else '' end,
    start_minute,
    end_minute
from schedule_range;

drop table schedule_range;
alter table new_schedule_range rename to schedule_range;

-- Hours of a date, which take the place of the weekly ones. A date may have several.
create table schedule_override (
    schedule_id integer not null,
    position integer not null,
    -- YYYY-MM-DD in the schedule's zone.
    date text not null,
    start_minute integer not null,
    end_minute integer not null,
    constraint schedule_override_pkey primary key (schedule_id, position),
    constraint schedule_override_schedule_fkey foreign key (schedule_id) references schedule (id) on delete cascade
) strict;
