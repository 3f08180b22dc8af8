-- Rate limits of single API keys (RL-7), as a list of
-- {"name", "limit", "windowMs", "blockMs"}. Null: the usual limits.

alter table api_key add column rate_limits text;
