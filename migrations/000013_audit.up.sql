-- What people read that not everybody may: one row for a request. Rows are added and never changed; a month goes as a whole, when its time is up.
create table audit (
    id          uuid             not null,
    at          bigint           not null, -- microseconds
    org         text collate "C" not null,
    environment text             not null,
    actor       text             not null, -- opaque
    acting_for  text             not null, -- the student whose eyes were borrowed; '': nobody
    sign_in     text             not null, -- as in the metadata of events
    address     text             not null, -- where the request came from
    correlation text             not null, -- of the request
    action      text             not null,
    objects     text[]           not null, -- the first 200
    count       int              not null, -- all of them
    detail      text             not null,
    primary key (at, id)
) partition by range (at);

create index audit_org on audit (org, at, id);
create index audit_actor on audit (actor, at, id);
create index audit_acting_for on audit (acting_for, at, id) where acting_for <> '';
create index audit_objects on audit using gin (objects);

create function audit_stands() returns trigger language plpgsql as $$
begin
    raise exception 'what stands in the audit trail is not changed' using errcode = 'restrict_violation';
end $$;

create trigger audit_stands before update or delete on audit for each row execute function audit_stands();
create trigger audit_whole before truncate on audit for each statement execute function audit_stands();

-- audit_month makes the partition of the month that an instant lies in, where it is not there.
create function audit_month(instant bigint) returns void language plpgsql as $$
declare
    month timestamp := date_trunc('month', to_timestamp(instant / 1000000.0) at time zone 'UTC');
    name  text      := 'audit_' || to_char(month, 'YYYYMM');
begin
    if to_regclass(name) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(1902272107, 65537);
    execute format('create table if not exists %I partition of audit for values from (%s) to (%s)', name,
        (extract(epoch from month at time zone 'UTC') * 1000000)::bigint, (extract(epoch from (month + interval '1 month') at time zone 'UTC') * 1000000)::bigint);
    execute format('create or replace trigger audit_whole before truncate on %I for each statement execute function audit_stands()', name);
end $$;

-- Who was erased, and when: an opaque id says nothing of whose it was. Erasing is a series of steps; begun and not done, it is to be repeated.
create table erased (
    person   uuid        primary key,
    begun_at timestamptz not null default now(),
    done_at  timestamptz
);
