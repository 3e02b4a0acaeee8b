-- Long work (imports, exports, rebuilds): who asked for it, how far it is, and until when a worker holds it.
create table jobs (
    id           uuid        primary key,
    kind         text        not null,
    args         json        not null default '{}',
    state        text        not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    progress     json        not null default '{}',
    error        text,
    created_by   text        not null default '', -- opaque, as events name people
    org          text        not null default '',
    locked_until timestamptz,
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now()
);

create index jobs_to_do on jobs (created_at) where state in ('queued', 'running');
