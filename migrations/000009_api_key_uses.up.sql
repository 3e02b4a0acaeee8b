-- When an API key was last used, to the minute. All else about keys stands in the log.
create table api_key_uses (
    key     uuid        primary key,
    used_at timestamptz not null
);
