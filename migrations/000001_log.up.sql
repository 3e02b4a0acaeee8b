-- The log. Whatever people decided, in the order in which it was decided.

create table events (
    lane           smallint    not null,
    position       bigint      not null, -- 1, 2, 3, ... without a gap
    stream_id      uuid        not null,
    version        int         not null, -- 1, 2, 3, ... in its stream, without a gap
    event_id       uuid        not null,
    type           text        not null,
    schema_version smallint    not null,
    data           json        not null, -- json keeps the bytes; jsonb would cost a third of the speed
    meta           json        not null,
    person_id      uuid,                 -- whose key enciphers what is personal in data; null where nothing is
    recorded_at    timestamptz not null, -- never earlier than that of the position before
    primary key (lane, stream_id, version),
    unique (lane, position)
) partition by list (lane);

create table events_lane_0 partition of events for values in (0);

-- append_events stores a batch of appends (one or more events of one stream each) in one round trip.
--
-- Per append: its stream, the version the writer saw (0: the stream must not exist) and how many events it has.
-- Per event, in the order of the appends: the append it belongs to (from 1), the version it gets (expected + 1, ...) and
-- what is stored. A batch must not name a stream twice.
--
-- The answer is one row. last: the position before the batch. actual: for each append, the version its stream had. An append
-- is stored exactly if actual = expected, and stored appends get the positions after last in their order. stored_at: for
-- each append that is not, the position of its last event if the very same events were stored before, else null; the
-- whole array may be null if every append was stored.
--
-- The settings pin the plans: they are made once per connection, perhaps while the table is still empty, and must be
-- those of a full one.
create function append_events(
    in_lane smallint,
    streams uuid[], expected int[], counts int[],
    appends int[], versions int[], ids uuid[], types text[], schemas smallint[], datas json[], metas json[], persons uuid[],
    out last bigint, out actual int[], out stored_at bigint[]
) language plpgsql
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
    set enable_bitmapscan = off
    set jit = off
as $$
declare
    fresh     boolean;
    skipped   int[]; -- for each append, how many events up to here are not stored
    latest_at timestamptz;
begin
    -- Under any other isolation the snapshot is that of the transaction's first statement: older than the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'append_events needs READ COMMITTED, not %', current_setting('transaction_isolation')
            using errcode = 'feature_not_supported';
    end if;

    -- A look before the lock, while another batch is under way. A version that is there stays there, so what this finds in order can
    -- only be upset by a faster writer, whom the primary key shows.
    fresh := not exists (
        select from unnest(streams, expected) a(stream, expected)
         where a.expected <> coalesce((select e.version from events e
                                        where e.lane = in_lane and e.stream_id = a.stream
                                        order by e.version desc limit 1), 0));

    -- 1902272107 is "qbnk": other advisory locks of the database stay out of the way. Held until after the commit is visible.
    perform pg_advisory_xact_lock(1902272107, in_lane);

    -- The position is read in a statement of its own: in the one that takes the lock, the snapshot would be older than
    -- the lock and two writers could be given the same position.
    select e.position, e.recorded_at into last, latest_at
      from events e where e.lane = in_lane order by e.position desc limit 1;
    last := coalesce(last, 0);
    latest_at := greatest(latest_at, clock_timestamp());

    if fresh then
        begin
            insert into events
            select in_lane, last + e.n, streams[e.append], e.version, e.id, e.type, e.schema, e.data, e.meta, e.person, latest_at
              from unnest(appends, versions, ids, types, schemas, datas, metas, persons)
                   with ordinality e(append, version, id, type, schema, data, meta, person, n);
            actual := expected;
            return;
        exception when unique_violation then
            null; -- somebody was faster: look closely, which nobody can upset any more
        end;
    end if;

    select array_agg(s.actual order by s.n), array_agg(s.skipped order by s.n)
      into actual, skipped
      from (select f.n, f.actual, sum(case when f.actual = f.expected then 0 else f.count end) over (order by f.n)::int as skipped
              from (select a.n, a.expected, a.count,
                           coalesce((select e.version from events e
                                      where e.lane = in_lane and e.stream_id = a.stream
                                      order by e.version desc limit 1), 0) as actual
                      from unnest(streams, expected, counts) with ordinality a(stream, expected, count, n)
                    offset 0) f) s; -- offset 0: look once per append, not wherever actual is named

    stored_at := array(
        select case when h.same = counts[i] then h.position end
          from generate_subscripts(streams, 1) i
          left join (select v.append, count(*) as same, max(e.position) as position
                       from unnest(appends, versions, ids) v(append, version, id)
                      cross join lateral (select e.position from events e
                                           where e.lane = in_lane and e.stream_id = streams[v.append]
                                             and e.version = v.version and e.event_id = v.id
                                           limit 1) e
                      where actual[v.append] > expected[v.append]
                      group by v.append) h on h.append = i
         order by i);

    insert into events
    select in_lane, last + e.n - skipped[e.append], streams[e.append], e.version, e.id, e.type, e.schema,
           e.data, e.meta, e.person, latest_at
      from unnest(appends, versions, ids, types, schemas, datas, metas, persons)
           with ordinality e(append, version, id, type, schema, data, meta, person, n)
     where actual[e.append] = expected[e.append];
end
$$;

-- What happened, happened. Personal data is erased by deleting its key, not its event.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'events are never changed or deleted' using errcode = 'restrict_violation';
end
$$;

create trigger events_are_facts before update or delete or truncate on events
    for each statement execute function refuse_change();
create trigger events_are_facts before update or delete or truncate on events_lane_0
    for each statement execute function refuse_change();
