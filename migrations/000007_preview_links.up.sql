-- Links that show a preview to whoever has them, until they end or are revoked.
create table preview_links (
    id         uuid        primary key,
    org        text        not null,
    pins       json        not null, -- exactly what is shown
    note       text        not null default '',
    made_by    text        not null, -- opaque, as events name people
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);

create index preview_links_of on preview_links (org, made_by, created_at);
