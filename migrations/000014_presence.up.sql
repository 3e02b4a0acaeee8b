-- Who has what open right now. Nothing is lost that would not be said again within seconds, so it need not survive a crash.
create unlogged table presence (
    subject uuid        not null,
    person  text        not null, -- opaque, as events name people
    field   text        not null default '',
    since   timestamptz not null,
    until   timestamptz not null,
    primary key (subject, person)
);

create index presence_until on presence (until);
