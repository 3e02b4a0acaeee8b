-- The one place for names and contacts: events hold opaque ids. To erase a person, delete both rows.

create table people (
    id         uuid        primary key,
    name       text        not null,
    contact    jsonb       not null default '{}',
    created_at timestamptz not null default now()
);

-- What a person wrote freely is enciphered in the log with this key. It does not refer to people: a person known to the
-- company's own system only has a key here and no row there.
create table person_keys (
    person_id  uuid        primary key,
    key        bytea       not null,
    created_at timestamptz not null default now()
);
