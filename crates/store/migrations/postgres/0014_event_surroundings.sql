-- What is said about an event of a booking shows the event type, the host and the client as
-- they were then. Null where there was none.
alter table booking_event add column event_type_title text;
alter table booking_event add column event_type_length_minutes int;
alter table booking_event add column event_type_settings json;
alter table booking_event add column event_type_booking_fields json;
alter table booking_event add column host_locale text;
alter table booking_event add column host_time_format int;
alter table booking_event add column booking_redirect_uri text;
alter table booking_event add column booking_cancel_redirect_uri text;
alter table booking_event add column booking_reschedule_redirect_uri text;
