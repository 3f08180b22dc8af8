-- Schedules as they are sent: the days of an entry keep their order, and dates
-- can have hours of their own.

-- A digit for each day, 0 is Sunday, in the order in which they were sent.
alter table schedule_range add column days text;

update schedule_range set days =
    case when week_days & 1 <> 0 then '0' else '' end
    || case when week_days & 2 <> 0 then '1' else '' end
    || case when week_days & 4 <> 0 then '2' else '' end
    || case when week_days & 8 <> 0 then '3' else '' end
    || case when week_days & 16 <> 0 then '4' else '' end
    || case when week_days & 32 <> 0 then '5' else '' end
    || case when week_days & 64 <> 0 then '6' else '' end;

alter table schedule_range alter column days set not null;
alter table schedule_range drop column week_days;

-- Hours of a date, which take the place of the weekly ones. A date may have several.
create table schedule_override (
    schedule_id int not null,
    position int not null,
    -- In the schedule's zone.
    date date not null,
    start_minute int not null,
    end_minute int not null,
    constraint schedule_override_pkey primary key (schedule_id, position),
    constraint schedule_override_schedule_fkey foreign key (schedule_id) references schedule (id) on delete cascade
);
