drop table skips;
drop index checkpoints_one_live;
delete from checkpoints where shadow;
alter table checkpoints
    drop constraint checkpoints_pkey,
    add primary key (name, version),
    drop column shadow,
    drop column build,
    drop column failed_event,
    drop column failed_at,
    drop column undecodable,
    drop column rate,
    drop column worker,
    add column serving boolean not null default false,
    alter column status set default 'running',
    add column target bigint not null default 0;
update checkpoints set serving = status = 'live', status = 'running';
create unique index checkpoints_one_serves on checkpoints (name) where serving;
